import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// Reads the log files; the agent is only asked which they are, and with -f when the container ends.
    func logs(_ options: LogsOptions) throws -> Int32 {
        let pods = try logged(options)
        let wanted = try pods.flatMap { pod in try containers(of: pod, options).map { (pod, $0) } }
        if options.follow, wanted.count > options.maxLogRequests {
            throw CommandFailure(
                "you are attempting to follow \(wanted.count) log streams, but maximum allowed concurrency is "
                    + "\(options.maxLogRequests), use --max-log-requests to increase the limit")
        }
        var printer = LogPrinter()
        var followed: [FollowedLog] = []
        for (pod, name) in wanted {
            let status = pod.containerStatus(name)
            guard let attempt = try attempt(of: name, in: pod, status: status, options) else { continue }
            var lines = LogOptions(
                tailLines: options.tail ?? (options.labels.isEmpty ? nil : 10), since: try since(options),
                limitBytes: options.limitBytes,
                timestamps: options.timestamps)
            if options.prefix { lines.prefix = "[pod/\(pod.metadata.name)/\(name)] " }
            let reader = try LogReader(
                root: paths.logDirectory, relativePath: LogPath.directory(of: pod, container: name), attempt: attempt,
                options: lines)
            let log = FollowedLog(pod: pod.metadata, container: name, attempt: attempt, reader: reader)
            let isFollowed = options.follow && log.isRunning(in: pod)
            try isFollowed ? printer.print(log) : printer.printPresent(log)
            if isFollowed, !reader.isFull {
                followed.append(log)
            } else {
                try printer.finish(log)
            }
        }
        if !followed.isEmpty {
            try LogFollower(client: client, namespace: options.namespace, logs: followed).run(&printer)
        }
        return 0
    }

    private func logged(_ options: LogsOptions) throws -> [Pod] {
        guard !options.labels.isEmpty else { return [try onlyPod(namespace: options.namespace, name: options.pod)] }
        let answer = try fetch(namespace: options.namespace, names: [], labels: options.labels)
        if let failure = answer.failure { throw failure }
        if answer.pods.isEmpty { reportNothing(in: options.namespace) }
        return answer.pods
    }

    private func containers(of pod: Pod, _ options: LogsOptions) throws -> [String] {
        let all = pod.allContainers.map(\.name)
        if options.allContainers { return all }
        if let name = options.container {
            guard all.contains(name) else {
                let hint = Suggestion.text(for: name, among: all)
                throw CommandFailure(
                    "container \(name) is not valid for pod \(pod.metadata.name), choose one of: "
                        + all.joined(separator: ", ") + hint.replacing("\n", with: "\n "))
            }
            return [name]
        }
        return [defaultContainer(of: pod)]
    }

    /// The annotated or the first container; says which it took when nothing but the order speaks for it.
    func defaultContainer(of pod: Pod, isQuiet: Bool = false) -> String {
        let name = pod.defaultContainerName
        if !isQuiet, pod.allContainers.count > 1,
            pod.metadata.annotations["kubectl.kubernetes.io/default-container"] != name
        {
            let others =
                pod.spec.containers.map(\.name) + pod.spec.initContainers.map { "\($0.name) (init)" }
                + pod.spec.ephemeralContainers.map { "\($0.name) (ephem)" }
            Console.warn("Defaulted container \"\(name)\" out of: \(others.joined(separator: ", "))")
        }
        return name
    }

    /// Which instance's log to show; nil to leave this container out (one of --all-containers that has none yet).
    private func attempt(
        of name: String, in pod: Pod, status: ContainerStatus?, _ options: LogsOptions
    ) throws -> Int? {
        let restarts = Int(status?.restartCount ?? 0)
        if options.previous {
            if restarts > 0 { return restarts - 1 }
            if options.allContainers { return nil }
            throw CommandFailure(
                "Error from server (BadRequest): previous terminated container \"\(name)\" in pod "
                    + "\"\(pod.metadata.name)\" not found")
        }
        let hasRun =
            status?.state.running != nil || status?.state.terminated != nil || status?.lastState.terminated != nil
        if hasRun { return restarts }
        if options.allContainers { return nil }
        let reason = status?.state.waiting?.reason ?? ""
        throw CommandFailure(
            "Error from server (BadRequest): container \"\(name)\" in pod \"\(pod.metadata.name)\" is waiting to start: "
                + (reason.isEmpty ? "ContainerCreating" : reason))
    }

    private func since(_ options: LogsOptions) throws -> Timestamp? {
        switch options.since {
        case nil: return nil
        case .nanoseconds(let duration):
            return Timestamp(nanosecondsSinceEpoch: Timestamp.current.nanosecondsSinceEpoch - duration)
        case .time(let text):
            guard let time = Timestamp(text) else {
                throw UsageError(
                    "invalid value \"\(text)\" for --since-time: a time such as 2026-11-21T02:56:58Z", verb: "logs")
            }
            return time
        }
    }
}

extension Pod {
    func containerStatus(_ name: String) -> ContainerStatus? {
        (status.containerStatuses + status.initContainerStatuses + status.ephemeralContainerStatuses).first {
            $0.name == name
        }
    }
}

/// One container instance whose log is printed.
struct FollowedLog {
    let pod: ObjectMeta
    let container: String
    let attempt: Int
    let reader: LogReader

    /// Whether this instance (not a later one) still runs.
    func isRunning(in pod: Pod) -> Bool {
        guard let status = pod.containerStatus(container) else { return false }
        return status.state.running != nil && Int(status.restartCount) == attempt
    }
}

/// Log bytes on stdout: as they are, or made harmless if that is a terminal.
struct LogPrinter {
    private var filter = Console.isOutputTerminal ? TerminalText.LogFilter() : nil

    mutating func print(_ log: FollowedLog) throws {
        try log.reader.read { try write($0) }
    }

    mutating func printPresent(_ log: FollowedLog) throws {
        try log.reader.readPresent { try write($0) }
    }

    mutating func finish(_ log: FollowedLog) throws {
        try log.reader.finish { try write($0) }
    }

    private mutating func write(_ bytes: [UInt8]) throws {
        try Console.write(filter?.filtered(bytes) ?? bytes)
    }
}

/// Prints what running containers add to their logs, until each has ended.
@MainActor
struct LogFollower {
    let client: ControlClient
    let namespace: String
    private(set) var logs: [FollowedLog]
    private var lost = 0

    init(client: ControlClient, namespace: String, logs: [FollowedLog]) {
        self.client = client
        self.namespace = namespace
        self.logs = logs
    }

    consuming func run(_ printer: inout LogPrinter) throws {
        var follower = self
        let changes = try DirectoryChanges(follower.logs.map(\.reader.directoryPath))
        var session = try follower.watch(&printer)
        while !follower.logs.isEmpty {
            // What was written between the first reading and the watch is caught by reading before waiting.
            for log in follower.logs { try printer.print(log) }
            let isNews = session.hasBufferedBytes
            let ready = isNews ? [false, true, false] : Poll.wait([changes.raw, session.raw, Console.closedOutput])
            if ready[0] { changes.clear() }
            if ready[2] { throw Console.OutputClosed() }
            guard ready[1] else { continue }
            do {
                try follower.take(try session.receive().reply, &printer)
            } catch ControlError.lost {
                session = try follower.watch(&printer)
            }
        }
    }

    private mutating func watch(_ printer: inout LogPrinter) throws -> ControlSession {
        let names = Set(logs.map(\.pod.name)).sorted()
        let session = try client.send(ControlRequest(verb: .watch, namespace: namespace, names: names))
        // Nobody tells of a pod that went before.
        let listing = try client.send(ControlRequest(verb: .get, namespace: namespace, names: names))
        var there: Set<String> = []
        while true {
            let reply = try listing.receive().reply
            there.formUnion(reply.pods.map(\.metadata.uid))
            if reply.kind == .done || reply.kind == .error { break }
        }
        try end(&printer) { !there.contains($0.pod.uid) }
        return session
    }

    private mutating func take(_ reply: ControlReply, _ printer: inout LogPrinter) throws {
        switch reply.kind {
        case .change:
            for changed in reply.pods {
                try end(&printer) { log in
                    guard log.pod.name == changed.metadata.name else { return false }
                    // Another pod has the name now?
                    if log.pod.uid != changed.metadata.uid { return reply.change == "ADDED" }
                    return reply.change == "DELETED" || !log.isRunning(in: changed)
                }
            }
        case .error: throw CommandFailure(reply)
        case .done: try end(&printer) { _ in true }
        default: break
        }
    }

    /// Prints the rest of the logs whose container has ended, and lets go of them.
    private mutating func end(_ printer: inout LogPrinter, _ hasEnded: (FollowedLog) -> Bool) throws {
        for log in logs where hasEnded(log) {
            try printer.print(log)
            try printer.finish(log)
        }
        logs.removeAll { hasEnded($0) || $0.reader.isFull }
    }
}
