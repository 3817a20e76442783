import Glibc
import PodLinux
import PodModel
import PodPlanning

/// The events of all pods, also of those that are gone, for an hour as the API server keeps them; across agents in one file
/// of the run directory.
@MainActor
final class EventStore {
    /// A line of the file: the record as it is after an occurrence.
    private struct Line: Codable {
        var pod: EventSubject
        var record: EventRecord
    }

    /// Of all pods; what did not come up for longest goes first.
    private static let limit = 2000
    /// Nanoseconds for which events wait for more of them before they are written.
    private static let flushDelay: Int64 = 20_000_000
    /// Bytes from which the file is written anew, or twice what it was then.
    private static let rewriteSize = 1 << 20
    private static let fileLimit = 32 << 20

    private let path: String
    private let node: String
    private let loop: EventLoop
    /// By the pod's uid.
    private var pods: [String: EventCorrelator] = [:]
    /// Bytes of the file, and when it was last written anew.
    private var size = 0
    private var rewrittenSize = 0
    private var unwritten: [Line] = []
    private var flushTimer: TimerID?
    /// Told of each event that comes up, with ADDED or MODIFIED.
    let watchers = Watchers<(event: Event, change: String)>()

    init(paths: HostPaths, node: String, loop: EventLoop) {
        path = paths.eventsFile
        self.node = node
        self.loop = loop
    }

    /// Reads what an earlier agent wrote; a torn last line is passed over.
    func load() {
        let text = (try? FileBytes.read(path, limit: Self.fileLimit)) ?? []
        size = text.count
        for bytes in text.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSON.decode(Line.self, from: Array(bytes)) else { continue }
            pods[line.pod.uid, default: EventCorrelator(pod: line.pod)].restore(line.record)
        }
    }

    /// - Parameter now: the wall clock, here and below.
    func record(_ event: PodEvent, of pod: Pod, at now: Timestamp) {
        let metadata = pod.metadata
        let subject = EventSubject(namespace: metadata.namespace, name: metadata.name, uid: metadata.uid)
        let told = pods[metadata.uid, default: EventCorrelator(pod: subject)].record(event, at: now)
        guard let (record, isNew) = told else { return }
        unwritten.append(Line(pod: subject, record: record))
        flushSoon()
        if watchers.isEmpty { return }
        watchers.tell((record.event(of: subject, node: node), isNew ? "ADDED" : "MODIFIED"))
    }

    // MARK: - Reading

    func events(ofPod uid: String, at now: Timestamp) -> [Event] { pods[uid].map { events(of: $0, at: now) } ?? [] }

    /// In the order in which the API server lists them: by name, which is by pod and age. An empty namespace is all of
    /// them, no name is every one.
    func list(namespace: String, names: [String], at now: Timestamp) -> [Event] {
        pods.values.filter { namespace.isEmpty || $0.pod.namespace == namespace }
            .flatMap { events(of: $0, at: now) }
            .filter { names.isEmpty || names.contains($0.metadata.name) }
            .sorted { ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name) }
    }

    private func events(of correlator: EventCorrelator, at now: Timestamp) -> [Event] {
        correlator.records.filter { $0.count > 0 && !$0.isExpired(at: now) }
            .map { $0.event(of: correlator.pod, node: node) }
    }

    // MARK: - The file

    private func flushSoon() {
        guard flushTimer == nil else { return }
        flushTimer = loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: Self.flushDelay)) { [weak self] in
            self?.flush()
        }
    }

    /// Writes what was recorded since the last time. Losing events to a full disk must not stop a pod.
    func flush() {
        if let flushTimer { loop.cancel(flushTimer) }
        flushTimer = nil
        guard !unwritten.isEmpty else { return }
        let new = Self.text(of: unwritten)
        let now = unwritten.last?.record.lastTime
        unwritten = []
        size += new.count
        if size <= max(Self.rewriteSize, 2 * rewrittenSize) { return append(new) }
        if let now { removeOld(at: now) }
        let all = pods.values.flatMap { correlator in correlator.records.map { Line(pod: correlator.pod, record: $0) } }
        let text = Self.text(of: all)
        size = text.count
        rewrittenSize = size
        try? AtomicFile.write(path, text, durable: false)
    }

    private func removeOld(at now: Timestamp) {
        for uid in pods.keys { pods[uid]?.removeExpired(at: now) }
        let times = pods.values.flatMap { $0.records.map(\.lastTime) }.sorted(by: >)
        if times.count > Self.limit {
            for uid in pods.keys { pods[uid]?.removeRecords(through: times[Self.limit]) }
        }
        pods = pods.filter { !$0.value.records.isEmpty }
    }

    private static func text(of lines: [Line]) -> [UInt8] {
        lines.flatMap { ((try? JSON.encode($0)) ?? []) + [UInt8(ascii: "\n")] }
    }

    private func append(_ text: [UInt8]) {
        guard let file = try? Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600) else {
            return
        }
        try? FileBytes.write(text, to: file, path: path)
    }
}
