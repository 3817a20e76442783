/// Which images go when the disk fills: the kubelet's image garbage collection
/// (pkg/kubelet/images/image_gc_manager.go). Its value is what it remembers of the images it has seen.
package struct ImageCollection: Sendable {
    package struct Policy: Sendable, Equatable {
        /// Usage of the images' file system, in percent, from which on images are removed.
        package var highThresholdPercent = 85
        /// The usage that is aimed at then.
        package var lowThresholdPercent = 80
        /// Nanoseconds for which an image is left alone after it was first seen: a pod may be about to use it.
        package var minimumAge = Int64.seconds(120)
        /// Nanoseconds without use after which an image goes however empty the disk is; 0 = never.
        package var maximumAge: Int64 = 0

        package init() {}
    }

    package struct Image: Sendable, Equatable {
        package var id: String
        /// Bytes that its removal is taken to free.
        package var size: Int64

        package init(id: String, size: Int64) {
            self.id = id
            self.size = size
        }
    }

    /// The file system that holds the images. Bytes.
    package struct Disk: Sendable, Equatable {
        package var capacity: Int64
        /// For users, without what is reserved for root.
        package var available: Int64

        package init(capacity: Int64, available: Int64) {
            self.capacity = capacity
            self.available = min(available, capacity)
        }

        package var usagePercent: Int { capacity <= 0 ? 0 : 100 - Int(available * 100 / capacity) }
    }

    package struct Decision: Sendable, Equatable {
        /// In the order in which they go: unused for longest first.
        package var removed: [Image] = []
        /// Bytes to free; 0 = usage is below the high threshold.
        package var wanted: Int64 = 0
        /// Bytes that removing images for their size frees.
        package var found: Int64 = 0

        package init() {}
    }

    private struct Record {
        /// When it was first seen; nil = when the agent began, nobody knows since when.
        var firstSeen: Int64?
        var lastUsed: Int64?
        var size: Int64
    }

    private let policy: Policy
    private let beganAt: Int64
    private var records: [String: Record] = [:]
    private var hasSeenImages = false

    /// - Parameter now: CLOCK_MONOTONIC nanoseconds, here and below.
    package init(policy: Policy, now: Int64) {
        self.policy = policy
        beganAt = now
    }

    /// Takes note of what there is and what unfinished pods use.
    package mutating func observe(_ images: [Image], inUse: Set<String>, at now: Int64) {
        let present = Set(images.map(\.id))
        records = records.filter { present.contains($0.key) }
        for image in images {
            var record = records[image.id] ?? Record(firstSeen: hasSeenImages ? now : nil, size: 0)
            record.size = image.size
            if inUse.contains(image.id) { record.lastUsed = now }
            records[image.id] = record
        }
        hasSeenImages = true
    }

    /// Observes and decides. What is in use never goes.
    package mutating func collect(_ images: [Image], inUse: Set<String>, disk: Disk, at now: Int64) -> Decision {
        observe(images, inUse: inUse, at: now)
        var decision = Decision()
        var candidates = records.filter { !inUse.contains($0.key) }
            .sorted { order($0.value, $0.key) < order($1.value, $1.key) }
        if policy.maximumAge > 0, now - beganAt > policy.maximumAge {
            let old = candidates.filter { now - ($0.value.lastUsed ?? .min / 2) > policy.maximumAge }
            decision.removed = old.map { Image(id: $0.key, size: $0.value.size) }
            candidates.removeAll { candidate in old.contains { $0.key == candidate.key } }
        }
        guard disk.capacity > 0, disk.usagePercent >= policy.highThresholdPercent else { return decision }
        decision.wanted = disk.capacity * Int64(100 - policy.lowThresholdPercent) / 100 - disk.available
        for (id, record) in candidates where decision.found < decision.wanted {
            if let firstSeen = record.firstSeen, now - firstSeen < policy.minimumAge { continue }
            decision.removed.append(Image(id: id, size: record.size))
            decision.found += record.size
        }
        return decision
    }

    /// Never used before used, then longest ago; among those, seen first.
    private func order(_ record: Record, _ id: String) -> (Int64, Int64, String) {
        (record.lastUsed ?? .min, record.firstSeen ?? .min, id)
    }
}
