import Glibc
import PodModel
import PodRuntime

extension Verbs {
    /// Objects sent at once; the starts of pods overlap.
    private static let applyWindow = 32

    /// Reads and checks everything, then sends what pods refer to, then the pods.
    func apply(_ options: ApplyOptions) throws -> Int32 {
        let manifests = try readManifests(options.files, namespace: options.namespace)
        guard !manifests.isEmpty else { throw CommandFailure("no objects passed to apply") }
        let signals = options.wait ? SignalQueue([SIGINT, SIGTERM, SIGHUP]) : nil
        let objects = manifests.compactMap { if case .stored(let manifest) = $0 { manifest.object } else { nil } }
        let pods = manifests.compactMap { if case .pod(let manifest) = $0 { manifest.pod } else { nil } }
        var code: Int32 = 0
        for kind in [ObjectKind.secret, .configMap, .persistentVolumeClaim] {
            try inWindows(objects.filter { $0.kind == kind }) { object in
                try client.send(
                    ControlRequest(
                        verb: .apply, namespace: object.metadata.namespace, object: object, wait: options.wait))
            } answer: { session, _ in
                code = max(code, try answer(to: session))
            }
        }
        try inWindows(pods) { pod in
            try client.send(
                ControlRequest(
                    verb: .apply, namespace: pod.metadata.namespace, pod: pod,
                    withoutEnforcement: options.withoutEnforcement, wait: options.wait))
        } answer: { session, pod in
            code = max(code, try answer(to: session, of: pod, signals: signals))
        }
        return code
    }

    /// Sends some, reads their answers in order, sends more.
    private func inWindows<T>(
        _ items: [T], send: (T) throws -> ControlSession, answer: (ControlSession, T) throws -> Void
    ) throws {
        var start = 0
        while start < items.count {
            let part = items[start..<min(start + Self.applyWindow, items.count)]
            let sessions = try part.map { (try send($0), $0) }
            for (session, item) in sessions { try answer(session, item) }
            start += part.count
        }
    }

    /// Objects of manifests with the namespace of the command line, valid.
    func readManifests(_ files: [String], namespace: String?) throws -> [ManifestObject] {
        var places: [String: String] = [:]
        return try ManifestFiles(arguments: files).objects { manifest in
            let own = manifest.metadata.namespace
            if let namespace, !own.isEmpty, own != namespace {
                return [
                    "\(manifest.source.file): the namespace from the provided object \"\(own)\" does not match the namespace "
                        + "\"\(namespace)\". You must pass '--namespace=\(own)' to perform this operation."
                ]
            }
            let object = manifest.inNamespace(namespace)
            var errors = object.errors
            // Which of the two would be meant?
            let place = manifest.source.place(of: "metadata.name")
            let first = places.updateValue(place, forKey: "\(object.reference) \(object.metadata.namespace)")
            if let first, !object.metadata.name.isEmpty {
                errors.append(
                    FieldError(
                        FieldPath("metadata.name"), .duplicate, value: FieldError.quoted(object.metadata.name),
                        detail: "the same object is given at \(first)"))
            }
            return errors.map(manifest.source.text)
        }
        .map { $0.inNamespace(namespace) }
    }

    /// Prints the answer about an object.
    ///
    /// - Parameter pod: nil for an object that is done when it is stored.
    private func answer(
        to session: ControlSession, of pod: Pod? = nil, signals: SignalQueue? = nil
    ) throws -> Int32 {
        var isAnnounced = false
        while true {
            if let pod, let signals, !session.hasBufferedBytes {
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
                if let pod, !reply.message.hasPrefix("Error from server") {
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

extension ManifestObject {
    /// Everything that is wrong with it.
    fileprivate var errors: [FieldError] {
        switch self {
        case .pod(let manifest): PodValidation.errors(in: manifest.pod.withDefaults())
        case .stored(let manifest): ObjectValidation.errors(in: manifest.object.withDefaults())
        }
    }
}
