import PodLinux
import PodModel
import PodPlanning

/// Carries out one request and talks to its session.
@MainActor
struct RequestHandler {
    let agent: Agent
    let session: RequestSession

    func handle(_ request: ControlRequest, descriptors: [DescriptorBox]) {
        do {
            switch request.verb {
            case .ping: session.finish(ControlReply(kind: .done))
            case .get: try get(request)
            case .watch: try watch(request)
            case .delete where request.kind != .pod: try deleteObjects(request)
            case .apply, .create, .replace: try apply(request)
            case .delete: try delete(request)
            case .exec, .copy: try exec(request, descriptors)
            case .attach: try attach(request, descriptors)
            case .debug: try debug(request)
            case .shutdown:
                // The answer is the end of the connection, when all is done.
                agent.host.loop.stop()
            }
        } catch {
            session.fail(error)
        }
    }

    // MARK: - Changing

    private func apply(_ request: ControlRequest) throws {
        if let object = request.object { return applyObject(object, request) }
        guard let pod = request.pod else {
            throw RequestError("\(request.verb.rawValue) without an object", reason: "BadRequest")
        }
        let (runner, outcome, warnings) = try agent.apply(pod, request)
        for warning in warnings { session.send(ControlReply(kind: .warning, message: warning)) }
        let word = request.verb == .replace ? "replaced" : outcome
        guard let runner, !request.isDryRun else {
            session.send(ControlReply(kind: .result, message: "pod/\(pod.metadata.name) \(word)"))
            return session.finish(ControlReply(kind: .done))
        }
        let isWaiting = request.wait
        var isTold = false
        wait(for: runner) { [weak session] runner in
            if let failure = runner.flushFailure {
                return ControlReply(
                    kind: .error, message: RequestError(failure, reason: "InternalError").text, exitCode: 1)
            }
            guard runner.isDurable || outcome == "unchanged" else { return nil }
            if !isTold {
                isTold = true
                session?.send(
                    ControlReply(
                        kind: .result, message: "pod/\(pod.metadata.name) \(word)", uid: runner.pod.metadata.uid))
            }
            guard isWaiting else { return ControlReply(kind: .done) }
            guard runner.hasSettled else { return nil }
            let failures = runner.startFailures
            if failures.isEmpty { return ControlReply(kind: .done) }
            let name = runner.pod.metadata.name
            return ControlReply(
                kind: .error, message: failures.map { "pod \"\(name)\": \($0)" }.joined(separator: "\n"), exitCode: 1)
        }
    }

    private func delete(_ request: ControlRequest) throws {
        var runners: [PodRunner] = []
        if request.names.isEmpty {
            runners = agent.list(namespace: request.namespace, names: [])
        } else {
            for name in request.names { runners.append(try agent.find(namespace: request.namespace, name: name)) }
        }
        var remaining = Set(runners.map(\.pod.metadata.uid))
        let isWaiting = request.wait
        agent.watch(session) { [weak session] runner in
            guard runner.machine.isForgotten, remaining.remove(runner.pod.metadata.uid) != nil else { return }
            if isWaiting && remaining.isEmpty { session?.finish(ControlReply(kind: .done)) }
        }
        for runner in runners {
            session.send(.deleted(.pod, runner.pod.metadata, gracePeriodSeconds: request.gracePeriodSeconds))
            runner.handle(.delete(gracePeriodSeconds: request.gracePeriodSeconds))
        }
        if !isWaiting || runners.isEmpty { session.finish(ControlReply(kind: .done)) }
    }

    private func exec(_ request: ControlRequest, _ descriptors: [DescriptorBox]) throws {
        guard let exec = request.exec, let name = request.names.first else {
            throw RequestError("exec without a pod or command", reason: "BadRequest")
        }
        guard !exec.command.isEmpty else {
            throw RequestError("you must specify at least one command for the container", reason: "BadRequest")
        }
        let runner = try agent.find(namespace: request.namespace, name: name)
        let session = session
        let execution = try runner.exec(exec, isCopy: request.verb == .copy, descriptors: descriptors) {
            [weak session] event in
            switch event {
            case .started(let terminal):
                session?.send(ControlReply(kind: .started), descriptors: terminal.map { [$0] } ?? [])
            case .failed(let message, let code):
                session?.finish(ControlReply(kind: .error, message: message, exitCode: code))
            case .exited(let code):
                session?.send(ControlReply(kind: .exited, exitCode: code))
                session?.finish(ControlReply(kind: .done))
            }
        }
        session.onCancel { [weak runner] in runner?.cancelExec(execution) }
    }

    private func attach(_ request: ControlRequest, _ descriptors: [DescriptorBox]) throws {
        guard let attach = request.exec, let name = request.names.first, let socket = descriptors.first else {
            throw RequestError("attach without a pod or descriptor", reason: "BadRequest")
        }
        try agent.find(namespace: request.namespace, name: name)
            .attach(attach.container, wantsInput: attach.stdin, socket: socket)
        session.finish(ControlReply(kind: .done))
    }

    private func debug(_ request: ControlRequest) throws {
        guard let containers = request.pod?.spec.ephemeralContainers, let name = request.names.first else {
            throw RequestError("debug without a pod or container", reason: "BadRequest")
        }
        try agent.find(namespace: request.namespace, name: name).add(containers)
        session.finish(ControlReply(kind: .done))
    }

    /// Answers when `outcome` does, now or after a later change of the pod.
    private func wait(for runner: PodRunner, _ outcome: @escaping @MainActor (PodRunner) -> ControlReply?) {
        if let reply = outcome(runner) { return session.finish(reply) }
        let uid = runner.pod.metadata.uid
        agent.watch(session) { [weak session] changed in
            guard changed.pod.metadata.uid == uid, let reply = outcome(changed) else { return }
            session?.finish(reply)
        }
    }
}
