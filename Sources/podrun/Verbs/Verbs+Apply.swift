import Glibc
import PodModel
import PodRuntime

extension Verbs {
    /// Objects sent at once; the starts of pods overlap.
    private static let applyWindow = 32

    /// Reads and checks everything, then sends what pods refer to, then the pods.
    func apply(_ options: ApplyOptions) throws -> Int32 {
        let manifests = try readManifests(options.files, namespace: options.namespace)
        guard !manifests.isEmpty else { throw CommandFailure("no objects passed to \(options.verb.rawValue)") }
        var done: [ManifestObject] = []
        let signals = options.wait ? SignalQueue([SIGINT, SIGTERM, SIGHUP]) : nil
        var code: Int32 = 0
        if options.replacesAll {
            if let dryRun = options.dryRun {
                guard options.format == nil else { return try show(manifests, options) }
                for manifest in manifests { try Console.print("\(manifest.reference) replaced\(dryRun.note)\n") }
                return 0
            }
            code = try delete(manifests, gracePeriodSeconds: options.gracePeriodSeconds, isQuiet: options.format != nil)
            guard code == 0 else { return code }
        }
        for kind in [ObjectKind.secret, .configMap, .persistentVolumeClaim, .pod] {
            try inWindows(manifests.filter { $0.kind == kind }) { manifest in
                try client.send(request(for: manifest, options))
            } answer: { session, manifest in
                let outcome = try answer(
                    to: session, about: manifest, options, word: options.replacesAll ? "replaced" : nil,
                    signals: signals)
                code = max(code, outcome)
                if outcome == 0 { done.append(manifest) }
            }
        }
        return max(code, try show(done, options))
    }

    /// With `-o` the objects as they are now, or would be. kubectl's apply prints several as one list, its other verbs each by
    /// itself.
    private func show(_ manifests: [ManifestObject], _ options: ApplyOptions) throws -> Int32 {
        guard let format = options.format else { return 0 }
        let objects = try manifests.map { manifest in
            let metadata = manifest.metadata
            if options.dryRun == nil { return try fetchOne(manifest.kind, metadata) }
            let found = try fetch(manifest.kind, namespace: metadata.namespace, names: [metadata.name]).objects.first
            return try manifest.applied(to: options.replacesAll ? nil : found)
        }
        let printer = ObjectPrinter(options: GetOptions(format: format))
        let texts =
            options.verb == .apply
            ? [try printer.text(of: objects, isList: objects.count > 1)]
            : try objects.map { try printer.text(of: [$0], isList: false) }
        try Console.print(texts.joined(separator: format == .yaml ? "---\n" : ""))
        return 0
    }

    private func request(for manifest: ManifestObject, _ options: ApplyOptions) -> ControlRequest {
        var request = ControlRequest(
            verb: options.replacesAll ? .create : options.verb, namespace: manifest.metadata.namespace,
            isDryRun: options.dryRun != nil, withoutEnforcement: options.withoutEnforcement, wait: options.wait)
        switch manifest {
        case .pod(let manifest): request.pod = manifest.pod
        case .stored(let manifest): request.object = manifest.object
        }
        return request
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

    /// The objects that manifests name.
    ///
    /// - Parameter namespace: instead of each manifest's own.
    func named(in files: [String], namespace: String?) throws -> [PlacedGroup] {
        try ManifestFiles(arguments: files).objects().map { manifest in
            let own = manifest.metadata.namespace
            return (
                ObjectGroup(manifest.kind, [manifest.metadata.name]), namespace ?? (own.isEmpty ? "default" : own)
            )
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

    /// Prints the answer about an object, and makes it again where a change is refused and that may be forced.
    ///
    /// - Parameter word: what became of it, when that is not what the agent says.
    private func answer(
        to session: ControlSession, about manifest: ManifestObject, _ options: ApplyOptions, word: String? = nil,
        signals: SignalQueue?
    ) throws -> Int32 {
        var isAnnounced = false
        while true {
            if case .pod(let pod) = manifest, let signals, !session.hasBufferedBytes {
                let ready = Poll.wait([session.raw, signals.raw])
                if ready[1], let signal = signals.next() { throw interrupted(by: signal, pod.pod) }
                guard ready[0] else { continue }
            }
            let reply = try session.receive().reply
            switch reply.kind {
            case .done: return 0
            case .result:
                if options.format == nil, !session.isResumed || !isAnnounced {
                    let text = word.map { "\(manifest.reference) \($0)" } ?? reply.message
                    try Console.print("\(text)\(options.dryRun?.note ?? "")\n")
                }
                isAnnounced = true
            case .warning: Console.warn("Warning: \(reply.message)")
            case .error where options.force && !options.replacesAll && reply.isRefusal:
                return try makeAgain(manifest, options, signals: signals)
            case .error:
                return report(reply, manifest, options)
            default: break
            }
        }
    }

    private func report(_ reply: ControlReply, _ manifest: ManifestObject, _ options: ApplyOptions) -> Int32 {
        var failure = CommandFailure(reply)
        let isServers = reply.message.hasPrefix("Error from server")
        let parts = reply.message.split(separator: "): ", maxSplits: 1)
        if isServers, options.verb != .apply, parts.count == 2 {
            // kubectl says what it was about.
            let act = options.replacesAll || options.verb == .create ? "creating" : "replacing"
            failure = CommandFailure(
                "\(parts[0])): error when \(act) \(FieldError.quoted(manifest.source.file)): \(parts[1])",
                exitCode: failure.exitCode)
        }
        Console.warn(failure.text)
        if case .pod(let pod) = manifest, !isServers {
            let name = argument(for: pod.pod)
            Console.warn(
                reply.message.contains("Pod was rejected: ")
                    ? "The pod stays, Failed, and is not tried again; when the reason is gone: podrun delete pod \(name), "
                        + "then apply it again"
                    : "The pod stays and is tried again; see: podrun describe pod \(name)")
        }
        return failure.exitCode
    }

    /// Deletes what can't be changed, then applies it again.
    private func makeAgain(
        _ manifest: ManifestObject, _ options: ApplyOptions, signals: SignalQueue?
    ) throws -> Int32 {
        guard options.dryRun == nil else {
            if options.format == nil {
                try Console.print("\(manifest.reference) configured\(DryRun.client.note)\n")
            }
            return 0
        }
        let code = try delete([manifest], gracePeriodSeconds: options.gracePeriodSeconds, isQuiet: true)
        guard code == 0 else { return code }
        var once = options
        once.force = false
        return try answer(
            to: try client.send(request(for: manifest, once)), about: manifest, once, word: "configured",
            signals: signals)
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

extension ApplyOptions {
    /// Each object is deleted and made again.
    fileprivate var replacesAll: Bool { verb == .replace && force }
}

extension ControlReply {
    /// A change that is not possible: another object of this name would be.
    fileprivate var isRefusal: Bool {
        ["Invalid", "Conflict"].contains { message.hasPrefix("Error from server (\($0))") }
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
