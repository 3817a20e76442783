import Glibc
import PodModel
import PodRuntime

extension Verbs {
    /// Adds an ephemeral container to a pod, or makes a copy of the pod with one more; with -i attaches to it once it runs.
    func debug(_ options: DebugOptions) throws -> Int32 {
        if let target = options.target, !options.quiet {
            try Console.print(
                "Targeting container \"\(target)\". If you don't see processes from this container it may be because the "
                    + "container runtime doesn't support this feature.\n")
        }
        let pod = try onlyPod(namespace: options.namespace, name: options.pod)
        if let copy = options.copy { return try debug(pod, by: copy, options) }
        var container = try debugger(in: pod, options)
        options.profile.apply(to: &container.securityContext)
        warn(of: container.securityContext, in: pod)
        var addition = Pod()
        addition.spec.ephemeralContainers = [container]
        try send(ControlRequest(verb: .debug, namespace: options.namespace, names: [options.pod], pod: addition))
        return options.attaches ? try attachWhenStarted(options.attachment(to: container.name, of: options.pod)) : 0
    }

    private func debug(_ pod: Pod, by copy: DebugCopy, _ options: DebugOptions) throws -> Int32 {
        var container: EphemeralContainer?
        if options.container.flatMap(pod.container) != nil || !options.image.isEmpty {
            container = try debugger(in: pod, options)
        } else if copy.images.isEmpty {
            throw CommandFailure("you must specify image when creating new container")
        }
        let made = copy.pod(from: pod, debugger: container, profile: options.profile)
        if let name = container?.name { warn(of: made.container(name)?.securityContext, in: made) }
        try send(ControlRequest(verb: .create, namespace: options.namespace, pod: made, wait: false))
        if copy.replaces {
            try send(
                ControlRequest(
                    verb: .delete, namespace: options.namespace, names: [options.pod], wait: false,
                    gracePeriodSeconds: 0))
        }
        guard let container, options.attaches else { return 0 }
        return try attachWhenStarted(options.attachment(to: container.name, of: copy.name))
    }

    // MARK: - The container

    private func debugger(in pod: Pod, _ options: DebugOptions) throws -> EphemeralContainer {
        EphemeralContainer(
            name: try name(in: pod, options), image: options.image,
            command: options.isArgumentsOnly ? [] : options.command,
            args: options.isArgumentsOnly ? options.command : [], env: options.environment,
            terminationMessagePolicy: "File", imagePullPolicy: options.pullPolicy, stdin: options.stdin,
            tty: options.tty, targetContainerName: options.target ?? "")
    }

    private func name(in pod: Pod, _ options: DebugOptions) throws -> String {
        if let name = options.container { return name }
        var name = ""
        repeat {
            name = "debugger-" + String((0..<5).map { _ in Self.nameLetters.randomElement() ?? "x" })
        } while pod.container(name) != nil
        if !options.quiet { try Console.print("Defaulting debug container name to \(name).\n") }
        return name
    }

    /// Without vowels, so that no words come up (apimachinery's rand.String).
    private static let nameLetters = Array("bcdfghjklmnpqrstvwxz2456789")

    private func warn(of context: SecurityContext?, in pod: Pod) {
        guard let user = pod.spec.securityContext?.runAsUser, user != 0, let context, context.runAsUser != 0,
            context.privileged == true || context.capabilities?.add.isEmpty == false
        else { return }
        Console.warn(
            "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile "
                + "may not work.")
    }

    // MARK: - Attaching

    /// Shows the log instead where the container was too quick.
    ///
    /// - Parameter options: with a container.
    func attachWhenStarted(_ options: AttachOptions) throws -> Int32 {
        let (name, podName) = (options.container ?? "", options.pod)
        let (pod, state) = try awaitStart(of: name, in: podName, options)
        func showLogs() throws -> Int32 {
            var logs = LogsOptions(pod: podName)
            logs.namespace = options.namespace
            logs.container = name
            logs.follow = state.terminated == nil
            return try self.logs(logs)
        }
        // It was quicker than we.
        guard state.terminated == nil, let container = pod.container(name) else { return try showLogs() }
        do {
            return try attach(to: container, of: pod, options)
        } catch let failure as CommandFailure where !failure.message.isEmpty {
            Console.warn(
                "warning: couldn't attach to pod/\(podName), falling back to streaming logs: \(failure.message)")
            return try showLogs()
        }
    }

    /// Waits until the container runs or has run, and shows why it waits.
    private func awaitStart(
        of name: String, in podName: String, _ options: AttachOptions
    ) throws -> (Pod, ContainerState) {
        let session = try client.send(ControlRequest(verb: .watch, namespace: options.namespace, names: [podName]))
        defer { session.close() }
        var shown = ""
        while true {
            let reply = try session.receive().reply
            if reply.kind == .error { throw CommandFailure(reply) }
            guard let pod = reply.pods.first else { continue }
            if reply.change == "DELETED" {
                throw CommandFailure("Error from server (NotFound): pods \"\(podName)\" not found")
            }
            let state = pod.containerStatus(name)?.state ?? ContainerState()
            if state.running != nil || state.terminated != nil { return (pod, state) }
            if ["Succeeded", "Failed"].contains(pod.status.phase) {
                throw CommandFailure(
                    "cannot attach a container in a completed pod; current phase is \(pod.status.phase)")
            }
            if let message = state.waiting?.message, !message.isEmpty, message != shown, !options.quiet {
                shown = message
                Console.warn("Warning: container \(name): \(message)")
            }
        }
    }
}

extension DebugOptions {
    fileprivate func attachment(to container: String, of pod: String) -> AttachOptions {
        AttachOptions(namespace: namespace, pod: pod, container: container, stdin: stdin, tty: tty, quiet: quiet)
    }
}
