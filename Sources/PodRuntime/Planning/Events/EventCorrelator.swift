import PodModel

/// The events of one pod, counted and combined as client-go's EventCorrelator does it for the kubelet
/// (tools/record/events_cache.go, with the kubelet's numbers, which are the defaults):
///
/// - The same message of the same reason again only counts.
/// - The tenth different message of a reason within ten minutes of another, and every further one, counts in one event
///   `(combined from similar events): ...`.
/// - A pod gets 25 events at once and one more each five minutes; what is above that counts, and is not told.
package struct EventCorrelator: Sendable {
    private static let distinctMessages = 10
    /// Seconds without an event of a reason after which its messages are not similar to those before.
    private static let similarityInterval: Int64 = 600
    private static let burst = 25.0
    private static let tokensPerSecond = 1.0 / 300
    private static let combined = "(combined from similar events): "
    /// Characters of a message: what is longer is cut (events.k8s.io allows no more).
    private static let messageLength = 1024
    /// Of one pod; what did not come up for longest goes first.
    private static let limit = 100

    /// The messages of a type and reason.
    private struct Group: Sendable {
        let type: String
        let reason: String
        /// Hashes: whether two are the same is all that counts.
        var messages: [Int] = []
        var lastTime: Timestamp
    }

    package let pod: EventSubject
    /// Those that were told and those that were not (count 0), by age.
    package private(set) var records: [EventRecord] = []
    private var groups: [Group] = []
    private var tokens = burst
    private var refilledAt: Timestamp?

    package init(pod: EventSubject) {
        self.pod = pod
    }

    /// What an earlier agent had recorded: events go on being counted.
    package mutating func restore(_ record: EventRecord) {
        if let index = records.firstIndex(where: { $0.firstTime == record.firstTime }) {
            records[index] = record
        } else {
            records.append(record)
        }
    }

    /// - Returns: the record to tell and keep, and whether it is told for the first time; nil if there are too many.
    package mutating func record(_ event: PodEvent, at now: Timestamp) -> (record: EventRecord, isNew: Bool)? {
        let event = Self.cut(event)
        let isCombined = !isDistinct(event, at: now)
        var index = records.firstIndex {
            guard $0.type == event.type, $0.reason == event.reason else { return false }
            return isCombined
                ? $0.message.hasPrefix(Self.combined) : $0.message == event.message && $0.fieldPath == event.fieldPath
        }
        if let found = index, records[found].isExpired(at: now) {
            records.remove(at: found)
            index = nil
        }
        let place = index ?? append(event, at: now)
        if isCombined { records[place].message = Self.combined + event.message }
        records[place].untold += 1
        guard takeToken(at: now) else { return nil }
        let isNew = records[place].count == 0
        records[place].count += records[place].untold
        records[place].untold = 0
        records[place].lastTime = max(records[place].firstTime, now)
        return (records[place], isNew)
    }

    package mutating func removeExpired(at now: Timestamp) {
        records.removeAll { $0.isExpired(at: now) }
    }

    /// Forgets what last came up at `time` or before.
    package mutating func removeRecords(through time: Timestamp) {
        records.removeAll { !(time < $0.lastTime) }
    }

    private static func cut(_ event: PodEvent) -> PodEvent {
        guard event.message.unicodeScalars.count > messageLength else { return event }
        var event = event
        event.message = String(event.message.unicodeScalars.prefix(messageLength - 3)) + "..."
        return event
    }

    /// Whether the event has its own message, instead of counting as one of many similar ones.
    private mutating func isDistinct(_ event: PodEvent, at now: Timestamp) -> Bool {
        let message = event.message.hashValue
        guard let index = groups.firstIndex(where: { $0.type == event.type && $0.reason == event.reason }) else {
            groups.append(Group(type: event.type, reason: event.reason, messages: [message], lastTime: now))
            return true
        }
        if groups[index].lastTime.adding(seconds: Int(Self.similarityInterval)) < now { groups[index].messages = [] }
        groups[index].lastTime = now
        if groups[index].messages.contains(message) { return true }
        guard groups[index].messages.count + 1 < Self.distinctMessages else { return false }
        groups[index].messages.append(message)
        return true
    }

    /// - Returns: the index of a new record that nobody was told of yet.
    private mutating func append(_ event: PodEvent, at now: Timestamp) -> Int {
        if records.count >= Self.limit,
            let oldest = records.indices.min(by: { records[$0].lastTime < records[$1].lastTime })
        {
            records.remove(at: oldest)
        }
        var first = now
        if let last = records.last?.firstTime, !(last < first) {
            first = Timestamp(nanosecondsSinceEpoch: last.nanosecondsSinceEpoch + 1)
        }
        records.append(
            EventRecord(
                type: event.type, reason: event.reason, message: event.message, fieldPath: event.fieldPath,
                firstTime: first, lastTime: first, count: 0, untold: 0))
        return records.count - 1
    }

    /// A bucket of tokens that refills by time.
    private mutating func takeToken(at now: Timestamp) -> Bool {
        let passed = now.nanosecondsSinceEpoch - (refilledAt ?? now).nanosecondsSinceEpoch
        tokens = min(Self.burst, tokens + Double(max(0, passed)) / 1e9 * Self.tokensPerSecond)
        refilledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
