import Glibc
import PodLinux
import PodModel
import PodPlanning

/// A pod's events, counted as kubectl shows them, kept across agents in `events.jsonl` of its run directory.
struct EventLog {
    /// Of one pod; the oldest goes first.
    private static let limit = 100
    /// The file is written anew when it has this many lines.
    private static let lineLimit = 400

    private(set) var events: [Event] = []
    private let path: String
    private var lines = 0
    private var unwritten: [Event] = []

    /// Reads what an earlier agent wrote; a torn last line is passed over.
    init(path: String) {
        self.path = path
        for line in ((try? FileBytes.read(path, limit: 4 << 20)) ?? []).split(separator: UInt8(ascii: "\n")) {
            lines += 1
            if let event = try? JSON.decode(Event.self, from: Array(line)) { merge(event) }
        }
    }

    mutating func record(_ event: PodEvent, pod: Pod, at now: Timestamp) {
        var new = Event()
        new.apiVersion = "v1"
        new.kind = "Event"
        new.metadata.namespace = pod.metadata.namespace
        new.involvedObject.apiVersion = "v1"
        new.involvedObject.kind = "Pod"
        new.involvedObject.name = pod.metadata.name
        new.involvedObject.namespace = pod.metadata.namespace
        new.involvedObject.uid = pod.metadata.uid
        new.involvedObject.fieldPath = event.fieldPath
        new.type = event.type
        new.reason = event.reason
        new.message = event.message
        new.source.component = "podrun"
        new.firstTimestamp = now
        new.lastTimestamp = now
        new.count = 1
        if let earlier = events.first(where: { EventLog.isSame($0, new) }) {
            new.firstTimestamp = earlier.firstTimestamp
            new.count = earlier.count + 1
            new.metadata.name = earlier.metadata.name
        } else {
            new.metadata.name = "\(pod.metadata.name).\(String(now.nanosecondsSinceEpoch, radix: 16))"
        }
        merge(new)
        unwritten.append(new)
    }

    private static func isSame(_ a: Event, _ b: Event) -> Bool {
        a.type == b.type && a.reason == b.reason && a.message == b.message
            && a.involvedObject.fieldPath == b.involvedObject.fieldPath
    }

    private mutating func merge(_ event: Event) {
        events.removeAll { EventLog.isSame($0, event) }
        events.append(event)
        if events.count > EventLog.limit { events.removeFirst() }
    }

    /// Writes what was recorded since the last time. Losing events to a full disk must not stop a pod.
    mutating func flush() {
        let new = unwritten
        unwritten = []
        lines += new.count
        if lines > EventLog.lineLimit {
            lines = events.count
            try? AtomicFile.write(path, EventLog.text(of: events), durable: false)
        } else if !new.isEmpty {
            append(EventLog.text(of: new))
        }
    }

    private static func text(of events: [Event]) -> [UInt8] {
        events.flatMap { ((try? JSON.encode($0)) ?? []) + [UInt8(ascii: "\n")] }
    }

    private func append(_ line: [UInt8]) {
        guard let file = try? Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600) else {
            return
        }
        try? FileBytes.write(line, to: file, path: path)
    }
}
