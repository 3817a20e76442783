import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning

/// Removes images when their disk fills up: `ImageCollection` decides, a `podrun worker gc` deletes the files.
@MainActor
final class ImageCollector {
    private let agent: Agent
    private let period: Int64
    private var collection: ImageCollection
    private var worker: WorkerProcess?

    private var host: Host { agent.host }

    /// - Parameter period: nanoseconds between two looks.
    init(agent: Agent, policy: ImageCollection.Policy, period: Int64) {
        self.agent = agent
        self.period = period
        collection = ImageCollection(policy: policy, now: Clock.monotonic().nanoseconds)
    }

    /// What is there now is older than the agent; what comes later is new.
    func start() {
        do {
            try collection.observe(candidates(), inUse: inUse, at: Clock.monotonic().nanoseconds)
        } catch {
            host.log("look at the images: \(error)")
        }
        schedule()
    }

    private func schedule() {
        host.loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: period)) { [weak self] in
            self?.collect()
            self?.schedule()
        }
    }

    /// Images that pods use which may still start containers.
    private var inUse: Set<String> {
        let containers = agent.pods.values.filter { !$0.machine.isFinished }.flatMap(\.machine.containers)
        return Set(containers.flatMap { [$0.imageID] + ($0.volumeImageIDs ?? []) }.filter { !$0.isEmpty })
    }

    private func candidates() throws -> [ImageCollection.Image] {
        // Images with one configuration are one image, however many manifests name it.
        var sizes: [String: Int64] = [:]
        for image in try host.images.images() { sizes[image.imageID] = image.size }
        return sizes.map { ImageCollection.Image(id: $0.key, size: $0.value) }
    }

    private func collect() {
        guard worker == nil else { return }
        do {
            let decision = collection.collect(
                try candidates(), inUse: inUse, disk: try disk(), at: Clock.monotonic().nanoseconds)
            report(decision)
            if !decision.removed.isEmpty { try remove(Set(decision.removed.map(\.id))) }
        } catch {
            host.log("collect unused images: \(error)")
        }
    }

    private func disk() throws -> ImageCollection.Disk {
        let path = host.paths.imagesDirectory
        var status = statvfs()
        try check("statvfs", path) { statvfs(path, &status) }
        let unit = Int64(status.f_frsize)
        return ImageCollection.Disk(
            capacity: Int64(status.f_blocks) * unit, available: Int64(status.f_bavail) * unit)
    }

    /// The names go here and now, so that no pod can begin to use what the worker then deletes.
    private func remove(_ imageIDs: Set<String>) throws {
        let names = try host.images.images().filter { imageIDs.contains($0.imageID) }.flatMap(\.names)
        try host.images.removeNames(names)
        worker = try WorkerProcess(
            ["gc", "--data-dir=\(host.paths.dataDirectory)"] + inUse.sorted(), loop: host.loop, onLine: { _ in },
            onEnd: { [weak self] code in
                self?.worker = nil
                if code != 0 { self?.host.log("collect unused images: the worker ended with \(code)") }
            })
    }

    /// In the kubelet's words; it has a node to record events of, here is the log.
    private func report(_ decision: ImageCollection.Decision) {
        if decision.wanted > 0 {
            host.log(
                "Disk usage on image filesystem is over the high threshold, trying to free bytes down to the low "
                    + "threshold: \(decision.wanted) bytes")
        }
        for image in decision.removed {
            host.log("Removing image to free bytes: imageID=\(image.id) size=\(image.size)")
        }
        if decision.found < decision.wanted {
            host.log(
                "FreeDiskSpaceFailed: Failed to garbage collect required amount of images. Attempted to free "
                    + "\(decision.wanted) bytes, but only found \(decision.found) bytes eligible to free.")
        }
    }
}
