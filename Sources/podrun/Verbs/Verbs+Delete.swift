import PodModel
import PodRuntime

extension Verbs {
    func delete(_ options: DeleteOptions) throws -> Int32 {
        let wanted = try wanted(by: options)
        if wanted.isEmpty { Console.warn("No resources found") }
        if let dryRun = options.dryRun { return try tellDeletion(of: wanted, dryRun, options) }
        let requests = wanted.flatMap { group, namespace in
            // One request without a name means all.
            (options.target == .all ? [[]] : group.names.map { [$0] }).map { names in
                ControlRequest(
                    verb: .delete, kind: group.kind, namespace: namespace, names: names, wait: options.wait,
                    gracePeriodSeconds: options.gracePeriodSeconds)
            }
        }
        return try finish(
            try requests.map { try client.send($0) }, ignoreNotFound: options.ignoreNotFound || !options.target.isNamed
        ) {
            options.printsNames ? $0.reference ?? $0.message : $0.message
        }
    }

    /// Deletes what is there of some objects, and waits until it is gone.
    func delete(_ manifests: [ManifestObject], gracePeriodSeconds: Int?, isQuiet: Bool) throws -> Int32 {
        let sessions = try manifests.map { manifest in
            try client.send(
                ControlRequest(
                    verb: .delete, kind: manifest.kind, namespace: manifest.metadata.namespace,
                    names: [manifest.metadata.name], gracePeriodSeconds: gracePeriodSeconds))
        }
        return try finish(sessions, ignoreNotFound: true) { isQuiet ? nil : $0.message }
    }

    private func wanted(by options: DeleteOptions) throws -> [PlacedGroup] {
        let namespace = options.namespace ?? "default"
        switch options.target {
        case .named: return options.groups.map { ($0, namespace) }
        case .files(let files): return try named(in: files, namespace: options.namespace)
        case .selected(let labels, let fields):
            return try options.groups.flatMap { group in
                try fetch(group.kind, namespace: namespace, names: [], selector: fields, labels: labels).objects.map {
                    (ObjectGroup(group.kind, [$0.metadata.name]), $0.metadata.namespace)
                }
            }
        case .all:
            return try options.groups
                .filter { try !fetch($0.kind, namespace: namespace, names: [], asTable: true).isEmpty }
                .map { ($0, namespace) }
        }
    }

    private func tellDeletion(of wanted: [PlacedGroup], _ dryRun: DryRun, _ options: DeleteOptions) throws -> Int32 {
        var failures: [String] = []
        for (group, namespace) in wanted {
            let found = try fetch(group.kind, namespace: namespace, names: group.names)
            for object in found.objects {
                let reply = ControlReply.deleted(
                    group.kind, object.metadata, gracePeriodSeconds: options.gracePeriodSeconds)
                try Console.print(options.printsNames ? "\(object.reference)\n" : "\(reply.message)\(dryRun.note)\n")
            }
            if let failure = found.failure, !(options.ignoreNotFound && failure.isNotFound) {
                failures.append(failure.message)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    /// - Parameter text: what is printed of an object that was deleted.
    private func finish(
        _ sessions: [ControlSession], ignoreNotFound: Bool, text: (ControlReply) -> String?
    ) throws -> Int32 {
        var code: Int32 = 0
        for session in sessions {
            var isOpen = true
            var isAnnounced = false
            while isOpen {
                let reply = try session.receive().reply
                switch reply.kind {
                case .done: isOpen = false
                case .result:
                    if !session.isResumed || !isAnnounced, let text = text(reply) { try Console.print(text + "\n") }
                    isAnnounced = true
                case .warning: Console.warn("Warning: \(reply.message)")
                case .error:
                    isOpen = false
                    let failure = CommandFailure(reply)
                    // A restarted agent that does not know the pod any more has finished deleting it.
                    let mayBeGone = ignoreNotFound || (session.isResumed && isAnnounced)
                    if mayBeGone, failure.isNotFound { continue }
                    Console.warn(withHints(failure).text)
                    code = max(code, failure.exitCode)
                default: break
                }
            }
        }
        return code
    }
}
