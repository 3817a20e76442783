import PodLinux
import PodModel
import PodPlanning

/// The node's part: holds every pod, answers the control socket.
@MainActor
final class Agent {
    let host: Host
    private(set) var pods: [String: PodRunner] = [:]
    private lazy var usage = VolumeUsage(host: host) { [weak self] in self.map { Array($0.pods.values) } ?? [] }
    private let watchers = Watchers<PodRunner>()
    private var shareTimer: TimerID?
    /// Called when the last pod is gone or the first one came.
    var onPodCountChange: () -> Void = {}

    init(host: Host) {
        self.host = host
        host.objects.onChange = { [weak self] namespace in
            guard let self else { return }
            self.configurationChanged(for: self.list(namespace: namespace, names: [])[...])
            self.releaseClaims(namespace: namespace)
        }
    }

    /// One pod in each turn of the loop: a large object of many pods delays nobody else.
    private func configurationChanged(for runners: ArraySlice<PodRunner>) {
        guard let runner = runners.first else { return }
        runner.refreshPayloadVolumes()
        runner.handle(.configurationChanged)
        host.loop.schedule(at: Clock.monotonic()) { [weak self] in
            self?.configurationChanged(for: runners.dropFirst())
        }
    }

    // MARK: - Pods

    /// In the order kubectl lists them.
    func list(namespace: String, names: [String]) -> [PodRunner] {
        pods.values
            .filter { namespace.isEmpty || $0.pod.metadata.namespace == namespace }
            .filter { names.isEmpty || names.contains($0.pod.metadata.name) }
            .sorted {
                ($0.pod.metadata.namespace, $0.pod.metadata.name) < ($1.pod.metadata.namespace, $1.pod.metadata.name)
            }
    }

    func find(namespace: String, name: String) throws(RequestError) -> PodRunner {
        guard let runner = list(namespace: namespace, names: [name]).first else {
            throw .notFound(.pod, name)
        }
        return runner
    }

    func watch(_ owner: AnyObject, _ handler: @escaping (PodRunner) -> Void) {
        watchers.add(owner, handler)
    }

    func unwatch(_ owner: AnyObject) {
        watchers.remove(owner)
        host.objects.watchers.remove(owner)
        host.events.watchers.remove(owner)
    }

    /// Admits a pod and starts it, or changes the one that is there.
    ///
    /// - Returns: the runner (nil of a new pod on a dry run), what kubectl says of it (created, configured, unchanged), and
    ///   what the user should know.
    /// - Throws: `RequestError`; nothing of the pod is made or changed then.
    func apply(
        _ written: Pod, _ request: ControlRequest
    ) throws(RequestError) -> (runner: PodRunner?, word: String, warnings: [String]) {
        var admission = Admission(
            agent: self, pod: written, verb: request.verb, withoutEnforcement: request.withoutEnforcement)
        switch try admission.decide() {
        case .unchanged(let runner):
            return (runner, "unchanged", [])
        case .change(let runner, let object, let warnings):
            if !request.isDryRun {
                try runner.change(to: object)
                for warning in warnings { runner.record(warning) }
            }
            let problem = request.isDryRun ? nil : runner.resizeProblem
            return (runner, "configured", warnings.map(\.message) + [problem].compactMap { $0 })
        case .create(let object, let warnings):
            if request.isDryRun { return (nil, "created", warnings.map(\.message)) }
            let rejection = PodRejection(of: object.pod, others: unfinished.map(\.allocatedPod), on: host.node)
            let runner = try create(object)
            for warning in warnings { runner.record(warning) }
            runner.handle(rejection.map(PodInput.rejected) ?? .start)
            return (runner, "created", warnings.map(\.message))
        }
    }

    private func create(_ object: PodObject) throws(RequestError) -> PodRunner {
        let runDirectory = host.paths.podRunDirectory(object.pod.metadata.uid)
        do {
            try Directory.make(runDirectory, mode: 0o700)
            try Failpoint.beforeObject.pass()
            try host.store.save(object)
            try Failpoint.afterObject.pass()
        } catch {
            try? host.removeTree(runDirectory)
            throw RequestError("save pod \"\(object.pod.metadata.name)\": \(error)", reason: "InternalError")
        }
        let runner = adopt(object, state: nil)
        runner.flush()
        return runner
    }

    /// Takes a pod into the table without telling it anything yet.
    func adopt(_ object: PodObject, state: PodState?) -> PodRunner {
        let runner = PodRunner(object: object, state: state, host: host)
        runner.onChange = { [weak self] runner in self?.changed(runner) }
        runner.isClaimUsedByOthers = { [weak self, weak runner] name in
            guard let self, let runner else { return false }
            return self.users(ofClaim: name, namespace: runner.pod.metadata.namespace).contains {
                $0 !== runner && $0.machine.sandbox != .absent
            }
        }
        runner.neighbours = { [weak self, weak runner] in
            self?.unfinished.filter { $0 !== runner }.map(\.allocatedPod) ?? []
        }
        pods[object.pod.metadata.uid] = runner
        onPodCountChange()
        usage.consider(runner)
        shareSoon()
        return runner
    }

    private var unfinished: [PodRunner] { pods.values.filter { !$0.machine.isFinished } }

    /// For how long changes of what pods ask for are gathered, nanoseconds (a kubelet looks once a minute).
    private static let shareDelay: Int64 = 1_000_000_000

    /// Shares the host out again: pods came, went or were resized.
    private func shareSoon() {
        guard shareTimer == nil else { return }
        let due = Clock.monotonic().advanced(byNanoseconds: Self.shareDelay)
        shareTimer = host.loop.schedule(at: due) { [weak self] in self?.share() }
    }

    private func share() {
        shareTimer = nil
        for runner in unfinished where runner.machine.resize.pending != nil { runner.considerResize() }
        let pods = unfinished.map(\.allocatedPod)
        if pods.isEmpty { return }
        do {
            for level in host.cgroupTree(of: pods) { try host.cgroups.make(level) }
        } catch {
            host.log("weigh the pods' classes: \(error)")
        }
    }

    private func changed(_ runner: PodRunner) {
        if runner.machine.isForgotten, pods.removeValue(forKey: runner.pod.metadata.uid) != nil { onPodCountChange() }
        if runner.machine.isForgotten || runner.machine.isFinished, runner.usesClaims {
            releaseClaims(namespace: runner.pod.metadata.namespace)
        }
        if runner.machine.isForgotten || runner.machine.isFinished || runner.machine.resize.progress != nil {
            shareSoon()
        }
        watchers.tell(runner)
    }
}

/// A request that can't be done, in the API server's words.
struct RequestError: Error, CustomStringConvertible {
    let description: String
    /// NotFound, AlreadyExists, Invalid, Forbidden, Conflict, BadRequest, InternalError.
    let reason: String

    init(_ description: String, reason: String) {
        self.description = description
        self.reason = reason
    }

    static func notFound(_ kind: ObjectKind, _ name: String) -> RequestError {
        RequestError("\(kind.plural) \"\(name)\" not found", reason: "NotFound")
    }

    static func invalid(_ kind: ObjectKind, _ name: String, _ errors: [FieldError]) -> RequestError {
        let texts = errors.map(\.text)
        let list = texts.count == 1 ? texts[0] : "\n* " + texts.joined(separator: "\n* ")
        return RequestError("\(kind.rawValue) \"\(name)\" is invalid: \(list)", reason: "Invalid")
    }

    /// As kubectl prints it behind "Error from server".
    var text: String { "Error from server (\(reason)): \(description)" }
}
