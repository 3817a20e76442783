import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// Starts a pod, prints what its containers write, and ends with it.
    func run(_ options: RunOptions) throws -> Int32 {
        let manifests = try readManifests(options.files, namespace: options.namespace)
        let pods = manifests.compactMap { if case .pod(let manifest) = $0 { manifest.pod } else { nil } }
        guard let pod = pods.first, pods.count == 1 else {
            throw CommandFailure("run takes one pod, but there are \(pods.count): start several with podrun apply")
        }
        let (namespace, name) = (pod.metadata.namespace, pod.metadata.name)
        // A signal from now on ends the pod, not only the command.
        let signals = SignalQueue([SIGINT, SIGTERM, SIGHUP])
        guard try fetch(namespace: namespace, names: [name], asTable: true).isEmpty else {
            throw CommandFailure("Error from server (AlreadyExists): pods \"\(name)\" already exists")
        }
        for case .stored(let manifest) in manifests {
            try send(
                ControlRequest(verb: .apply, namespace: manifest.object.metadata.namespace, object: manifest.object))
        }
        let uid = try send(
            ControlRequest(
                verb: .create, namespace: namespace, pod: pod, withoutEnforcement: options.withoutEnforcement,
                wait: false))
        var run = ForegroundPod(
            client: client, logDirectory: paths.logDirectory, pod: pod, uid: uid ?? "", removes: options.removes,
            signals: signals)
        return try run.untilItEnds()
    }
}

/// A pod that a command waits for.
@MainActor
private struct ForegroundPod {
    let client: ControlClient
    let namespace: String
    let name: String
    /// Another pod of that name is not ours.
    let uid: String
    let removes: Bool
    let signals: SignalQueue
    private var logs: ForegroundLogs
    /// As last seen.
    private var pod: Pod?
    private var isGone = false
    /// How often the user wanted it to end.
    private var interruptions = 0
    /// Kept open until they are answered.
    private var deletions: [ControlSession] = []
    /// What was said of containers that can't start.
    private var complaints: Set<String> = []

    init(client: ControlClient, logDirectory: String, pod: Pod, uid: String, removes: Bool, signals: SignalQueue) {
        self.client = client
        namespace = pod.metadata.namespace
        name = pod.metadata.name
        self.uid = uid
        self.removes = removes
        self.signals = signals
        logs = ForegroundLogs(root: logDirectory)
    }

    /// - Returns: the pod's exit code.
    mutating func untilItEnds() throws -> Int32 {
        do {
            try follow()
        } catch is Console.OutputClosed {
            // Nobody reads any more: the pod ends as with a signal.
            try end(gracePeriodSeconds: nil)
            return pod?.exitCode ?? 1
        }
        if !isGone, removes || interruptions > 0 { try end(gracePeriodSeconds: nil) }
        return pod?.exitCode ?? 1
    }

    private mutating func follow() throws {
        while !isGone {
            let session = try client.send(ControlRequest(verb: .watch, namespace: namespace, names: [name]))
            do {
                try checkThatItIsThere()
                while !isGone {
                    try logs.printNews()
                    if let pod, ["Succeeded", "Failed"].contains(pod.status.phase), interruptions == 0 {
                        try logs.finish()
                        return explain(pod.status)
                    }
                    try takeNext(session)
                }
            } catch ControlError.lost {
                // The agent was restarted: another one tells the rest.
                continue
            }
        }
        try logs.finish()
    }

    private mutating func takeNext(_ session: ControlSession) throws {
        let isNews = session.hasBufferedBytes
        let ready =
            isNews
            ? [true, false, false, false]
            : Poll.wait([session.raw, signals.raw, logs.changes, Console.closedOutput])
        if ready[1], signals.next() != nil { try interrupt() }
        if ready[2] { logs.clearChanges() }
        if ready[3] { throw Console.OutputClosed() }
        guard ready[0] else { return }
        let reply = try session.receive().reply
        if reply.kind == .error { throw CommandFailure(reply) }
        for pod in reply.pods { try take(pod, isDeleted: reply.change == "DELETED") }
    }

    /// A new agent may not know the pod any more.
    private mutating func checkThatItIsThere() throws {
        let session = try client.send(ControlRequest(verb: .get, namespace: namespace, names: [name], asTable: true))
        while true {
            let reply = try session.receive().reply
            if reply.kind == .error { isGone = true }
            if reply.kind == .done || reply.kind == .error { return }
        }
    }

    private mutating func take(_ pod: Pod, isDeleted: Bool) throws {
        guard pod.metadata.uid == uid else { return isGone = true }
        self.pod = pod
        if isDeleted { isGone = true }
        try logs.take(pod)
        for status in pod.status.initContainerStatuses + pod.status.containerStatuses { complain(status) }
    }

    /// Says why podrun ended the pod, or never let it in: no container's output does.
    private func explain(_ status: PodStatus) {
        if !status.reason.isEmpty { Console.warn("pod \"\(name)\": \(status.reason): \(status.message)") }
    }

    /// Says once why a container can't start.
    private mutating func complain(_ status: ContainerStatus) {
        let ordinary = ["", "ContainerCreating", "PodInitializing", "CrashLoopBackOff"]
        guard let waiting = status.state.waiting, !ordinary.contains(waiting.reason) else { return }
        let text = "container \"\(status.name)\": \(waiting.reason): \(waiting.message)"
        if complaints.insert(text).inserted { Console.warn(text) }
    }

    // MARK: - The end

    /// The first signal ends the pod within its grace period, the second at once.
    private mutating func interrupt() throws {
        interruptions += 1
        if interruptions == 1, Console.isOutputTerminal {
            Console.warn("Stopping pod \"\(name)\"; again to kill it")
        }
        guard interruptions <= 2 else { return }
        deletions.append(try client.send(deletion(gracePeriodSeconds: interruptions == 1 ? nil : 0)))
    }

    /// Deletes the pod and waits until it is gone, or the user will not wait.
    private mutating func end(gracePeriodSeconds: Int?) throws {
        var session = try client.send(deletion(gracePeriodSeconds: gracePeriodSeconds))
        while true {
            if !session.hasBufferedBytes {
                let ready = Poll.wait([session.raw, signals.raw])
                if ready[1], signals.next() != nil {
                    session = try client.send(deletion(gracePeriodSeconds: 0))
                    continue
                }
                guard ready[0] else { continue }
            }
            let reply = try session.receive().reply
            // It may be gone already.
            if reply.kind == .done || reply.kind == .error { return }
        }
    }

    private func deletion(gracePeriodSeconds: Int?) -> ControlRequest {
        ControlRequest(verb: .delete, namespace: namespace, names: [name], gracePeriodSeconds: gracePeriodSeconds)
    }
}

extension Pod {
    /// What `run` exits with: the code of the first container that failed, in the order of the spec. Of a pod that failed
    /// without one, an init container's, or 1. Sidecars don't count.
    var exitCode: Int32 {
        func failure(_ containers: [Container]) -> Int32? {
            containers.lazy.compactMap { containerStatus($0.name)?.state.terminated?.exitCode }.first { $0 != 0 }
        }
        if let code = failure(spec.containers) { return code }
        guard status.phase == "Failed" else { return 0 }
        return failure(spec.initContainers.filter { $0.restartPolicy != "Always" }) ?? 1
    }
}

/// The logs of all containers of a pod, from the first line of their first instance on.
@MainActor
private struct ForegroundLogs {
    let root: String
    private var followed: [FollowedLog] = []
    /// By container: the instance whose log comes next.
    private var nextAttempt: [String: Int] = [:]
    private var printer = LogPrinter()
    private var watched: DirectoryChanges?

    init(root: String) {
        self.root = root
    }

    /// For poll(2): readable when there is something to read.
    var changes: Int32 { watched?.raw ?? -1 }

    func clearChanges() { watched?.clear() }

    mutating func printNews() throws {
        for log in followed { try printer.print(log) }
    }

    /// Prints what is left, once nothing more will come.
    mutating func finish() throws {
        try end { _ in true }
    }

    /// Opens the logs of instances that have started since, and ends those that have ended.
    mutating func take(_ pod: Pod) throws {
        let names = (pod.spec.initContainers + pod.spec.containers).map(\.name)
        var isNew = false
        for (index, name) in names.enumerated() {
            guard let status = pod.containerStatus(name) else { continue }
            let hasRun = status.state.running != nil || status.state.terminated != nil
            let count = Int(status.restartCount) + (hasRun ? 1 : 0)
            while nextAttempt[name, default: 0] < count {
                let attempt = nextAttempt[name, default: 0]
                nextAttempt[name] = attempt + 1
                let reader = try? LogReader(
                    root: root, relativePath: LogPath.directory(of: pod, container: name), attempt: attempt,
                    options: LogOptions(prefix: Self.prefix(name, index)))
                // One that never ran has no log, and those of long ago are removed.
                guard let reader else { continue }
                followed.append(FollowedLog(pod: pod.metadata, container: name, attempt: attempt, reader: reader))
                isNew = true
            }
        }
        if isNew { watched = try DirectoryChanges(followed.map(\.reader.directoryPath)) }
        try end { !$0.isRunning(in: pod) }
    }

    private mutating func end(_ hasEnded: (FollowedLog) -> Bool) throws {
        for log in followed where hasEnded(log) {
            try printer.print(log)
            try printer.finish(log)
        }
        followed.removeAll(where: hasEnded)
    }

    /// `[web] `, on a terminal in a colour of the container's own.
    private static func prefix(_ name: String, _ index: Int) -> String {
        guard Ink.forOutput(wantsColour: true).isColoured else { return "[\(name)] " }
        return "\u{1b}[\(31 + (index + 1) % 6)m[\(name)]\u{1b}[0m "
    }
}
