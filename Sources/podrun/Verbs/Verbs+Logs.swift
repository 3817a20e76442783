import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// Reads the log files; the agent is only asked which they are, and with -f when the container ends.
    func logs(_ options: LogsOptions) throws -> Int32 {
        let pod = try onlyPod(namespace: options.namespace, name: options.pod)
        let names = try containers(of: pod, options)
        var printer = LogPrinter()
        var followed: [FollowedLog] = []
        for name in names {
            let status = pod.containerStatus(name)
            guard let attempt = try attempt(of: name, in: pod, status: status, options) else { continue }
            var wanted = LogOptions(
                tailLines: options.tail ?? (names.count > 1 && options.follow ? 10 : nil),
                since: try since(options), limitBytes: options.limitBytes, timestamps: options.timestamps)
            if options.prefix { wanted.prefix = "[pod/\(options.pod)/\(name)] " }
            let reader = try LogReader(
                root: paths.logDirectory, relativePath: LogPath.directory(of: pod, container: name), attempt: attempt,
                options: wanted)
            let log = FollowedLog(container: name, attempt: attempt, reader: reader)
            let isFollowed = options.follow && log.isRunning(in: pod)
            try isFollowed ? printer.print(log) : printer.printPresent(log)
            if isFollowed, !reader.isFull {
                followed.append(log)
            } else {
                try printer.finish(log)
            }
        }
        if !followed.isEmpty {
            try LogFollower(client: client, namespace: options.namespace, pod: pod, logs: followed).run(&printer)
        }
        return 0
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
    let pod: Pod
    private(set) var logs: [FollowedLog]
    private var lost = 0

    init(client: ControlClient, namespace: String, pod: Pod, logs: [FollowedLog]) {
        self.client = client
        self.namespace = namespace
        self.pod = pod
        self.logs = logs
    }

    consuming func run(_ printer: inout LogPrinter) throws {
        var follower = self
        let changes = try DirectoryChanges(follower.logs.map(\.reader.directoryPath))
        var session = try follower.watch()
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
                session = try follower.watch()
            }
        }
    }

    private func watch() throws -> ControlSession {
        try client.send(ControlRequest(verb: .watch, namespace: namespace, names: [pod.metadata.name]))
    }

    private mutating func take(_ reply: ControlReply, _ printer: inout LogPrinter) throws {
        switch reply.kind {
        case .change:
            for changed in reply.pods {
                let isSame = changed.metadata.uid == pod.metadata.uid
                if isSame, reply.change != "DELETED" {
                    try end(&printer) { !$0.isRunning(in: changed) }
                } else if isSame || reply.change == "ADDED" {
                    // Deleted, or another pod has the name now.
                    try end(&printer) { _ in true }
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
