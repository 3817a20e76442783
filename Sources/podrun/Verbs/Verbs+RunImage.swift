import PodModel
import PodRuntime

extension Verbs {
    /// Makes a pod of an image, and attaches to it if that is wanted.
    ///
    /// - Returns: of an attached pod that is not restarted, what its container ended with.
    func runImage(_ options: RunImageOptions) throws -> Int32 {
        var told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        if options.dryRun == .client {
            try told.tell(.pod(options.pod), "created")
            return 0
        }
        var pod = options.pod
        if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "default" }
        let errors = PodValidation.errors(in: pod.withDefaults())
        guard errors.isEmpty else {
            throw CommandFailure(
                "The Pod \"\(pod.metadata.name)\" is invalid: " + errors.map(\.text).joined(separator: "\n* "))
        }
        try send(
            ControlRequest(
                verb: .create, namespace: pod.metadata.namespace, pod: pod, isDryRun: options.dryRun != nil,
                wait: false))
        guard options.attaches else {
            try told.tell(.pod(options.dryRun == nil ? pod : pod.withDefaults()), "created")
            return 0
        }
        let code: Int32
        do {
            code = try attach(to: pod, options)
        } catch let failure as CommandFailure {
            try remove(pod, options)
            throw failure
        }
        try remove(pod, options)
        return code
    }

    private func attach(to pod: Pod, _ options: RunImageOptions) throws -> Int32 {
        let (name, namespace) = (pod.metadata.name, pod.metadata.namespace)
        let container = pod.spec.containers[0]
        _ = try attachWhenStarted(
            AttachOptions(
                namespace: namespace, pod: name, container: name, stdin: container.stdin, tty: container.tty,
                quiet: options.quiet))
        if pod.spec.restartPolicy == "Always" { return 0 }
        let session = try client.send(ControlRequest(verb: .watch, namespace: namespace, names: [name]))
        defer { session.close() }
        while true {
            let reply = try session.receive().reply
            if reply.kind == .error { throw CommandFailure(reply) }
            guard let pod = reply.pods.first else { continue }
            if pod.status.phase == "Succeeded" || reply.change == "DELETED" { return 0 }
            guard pod.status.phase == "Failed" else { continue }
            if let ended = pod.containerStatus(name)?.state.terminated {
                Console.warn("pod \(namespace)/\(name) terminated (\(ended.reason))")
            }
            return pod.exitCode
        }
    }

    private func remove(_ pod: Pod, _ options: RunImageOptions) throws {
        guard options.removes else { return }
        do {
            try send(ControlRequest(verb: .delete, namespace: pod.metadata.namespace, names: [pod.metadata.name]))
        } catch let failure as CommandFailure where failure.isNotFound {
            return
        }
        let deleted = ControlReply.deleted(.pod, pod.metadata, gracePeriodSeconds: nil)
        if !options.quiet { try Console.print(deleted.message + "\n") }
    }
}
