import Glibc
import PodModel
import PodRuntime

extension Verbs {
    /// Pods sent at once; their starts overlap.
    private static let applyWindow = 32

    /// Reads and checks everything, then sends the pods.
    func apply(_ options: ApplyOptions) throws -> Int32 {
        let manifests = try readManifests(options.files, namespace: options.namespace)
        guard !manifests.isEmpty else { throw CommandFailure("no objects passed to apply") }
        let signals = options.wait ? SignalQueue([SIGINT, SIGTERM, SIGHUP]) : nil
        var code: Int32 = 0
        var start = 0
        while start < manifests.count {
            let part = manifests[start..<min(start + Self.applyWindow, manifests.count)]
            let sessions = try part.map { pod in
                let request = ControlRequest(
                    verb: .apply, namespace: pod.metadata.namespace, pod: pod,
                    withoutEnforcement: options.withoutEnforcement, wait: options.wait)
                return (pod, try client.send(request))
            }
            for (pod, session) in sessions {
                code = max(code, try follow(session, of: pod, signals: signals))
            }
            start += part.count
        }
        return code
    }

    /// Pods of manifests with the namespace of the command line, valid.
    func readManifests(_ files: [String], namespace: String?) throws -> [Pod] {
        let manifests = try ManifestFiles(arguments: files).pods { manifest in
            let own = manifest.pod.metadata.namespace
            if let namespace, !own.isEmpty, own != namespace {
                return [
                    "\(manifest.source.file): the namespace from the provided object \"\(own)\" does not match the namespace "
                        + "\"\(namespace)\". You must pass '--namespace=\(own)' to perform this operation."
                ]
            }
            return manifest.errors(namespace: namespace)
        }
        return manifests.map { $0.named(in: namespace) }
    }

    private func follow(_ session: ControlSession, of pod: Pod, signals: SignalQueue?) throws -> Int32 {
        var isAnnounced = false
        while true {
            if let signals, !session.hasBufferedBytes {
                let ready = Poll.wait([session.raw, signals.raw])
                if ready[1], let signal = signals.next() { throw interrupted(by: signal, pod) }
                guard ready[0] else { continue }
            }
            let reply = try session.receive().reply
            switch reply.kind {
            case .done: return 0
            case .result:
                if !session.isResumed || !isAnnounced { try Console.print(reply.message + "\n") }
                isAnnounced = true
            case .warning: Console.warn("Warning: \(reply.message)")
            case .error:
                let failure = CommandFailure(reply)
                Console.warn(failure.text)
                if !reply.message.hasPrefix("Error from server") {
                    Console.warn("The pod stays and is tried again; see: podrun describe pod \(argument(for: pod))")
                }
                return failure.exitCode
            default: break
            }
        }
    }

    private func interrupted(by signal: Int32, _ pod: Pod) -> CommandFailure {
        Console.warn(
            "\nInterrupted: pod \"\(pod.metadata.name)\" stays and goes on starting; see: podrun describe pod "
                + "\(argument(for: pod)), or end it: podrun delete pod \(argument(for: pod))")
        return CommandFailure("", exitCode: 128 + signal)
    }

    private func argument(for pod: Pod) -> String {
        let namespace = pod.metadata.namespace
        return namespace == "default" || namespace.isEmpty ? pod.metadata.name : "\(pod.metadata.name) -n \(namespace)"
    }
}

extension PodManifest {
    /// The pod as the agent wants it: with a namespace, else as written. Defaults are the agent's, because it matters
    /// whether an imagePullPolicy was written.
    func named(in namespace: String?) -> Pod {
        var pod = pod
        if let namespace { pod.metadata.namespace = namespace }
        if pod.metadata.namespace.isEmpty { pod.metadata.namespace = "default" }
        return pod
    }

    /// Everything that is wrong with it, each with file, line and column.
    func errors(namespace: String?) -> [String] {
        PodValidation.errors(in: named(in: namespace).withDefaults()).map { error in
            let position = source.position(of: error.path)
            return "\(source.file):\(position.line):\(position.column): \(error.text)"
        }
    }
}
