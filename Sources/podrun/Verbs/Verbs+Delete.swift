import PodModel
import PodRuntime

extension Verbs {
    func delete(_ options: DeleteOptions) throws -> Int32 {
        var requests: [ControlRequest] = []
        func add(_ kind: ObjectKind, _ name: String, _ namespace: String) {
            requests.append(
                ControlRequest(
                    verb: .delete, kind: kind, namespace: namespace, names: [name], wait: options.wait,
                    gracePeriodSeconds: options.gracePeriodSeconds))
        }
        switch options.target {
        case .named:
            for group in options.groups {
                for name in group.names { add(group.kind, name, options.namespace ?? "default") }
            }
        case .files(let files):
            for manifest in try ManifestFiles(arguments: files).objects() {
                let own = manifest.metadata.namespace
                add(manifest.kind, manifest.metadata.name, options.namespace ?? (own.isEmpty ? "default" : own))
            }
        case .selected(let labels):
            for group in options.groups {
                let found = try fetch(group.kind, namespace: options.namespace ?? "default", names: [], labels: labels)
                for object in found.objects { add(group.kind, object.metadata.name, object.metadata.namespace) }
            }
            if requests.isEmpty { Console.warn("No resources found") }
        case .all:
            return try deleteAll(options)
        }
        return try finish(try requests.map { try client.send($0) }, ignoreNotFound: options.ignoreNotFound)
    }

    /// Deletes what is there of some objects, and waits until it is gone.
    func delete(_ manifests: [ManifestObject], gracePeriodSeconds: Int?) throws -> Int32 {
        let sessions = try manifests.map { manifest in
            try client.send(
                ControlRequest(
                    verb: .delete, kind: manifest.kind, namespace: manifest.metadata.namespace,
                    names: [manifest.metadata.name], gracePeriodSeconds: gracePeriodSeconds))
        }
        return try finish(sessions, ignoreNotFound: true)
    }

    private func deleteAll(_ options: DeleteOptions) throws -> Int32 {
        let namespace = options.namespace ?? "default"
        let groups = try options.groups.filter {
            try !fetch($0.kind, namespace: namespace, names: [], asTable: true).isEmpty
        }
        if groups.isEmpty { Console.warn("No resources found") }
        let sessions = try groups.map { group in
            try client.send(
                ControlRequest(
                    verb: .delete, kind: group.kind, namespace: namespace, wait: options.wait,
                    gracePeriodSeconds: options.gracePeriodSeconds))
        }
        return try finish(sessions, ignoreNotFound: true)
    }

    private func finish(_ sessions: [ControlSession], ignoreNotFound: Bool) throws -> Int32 {
        var code: Int32 = 0
        for session in sessions {
            var isOpen = true
            var isAnnounced = false
            while isOpen {
                let reply = try session.receive().reply
                switch reply.kind {
                case .done: isOpen = false
                case .result:
                    if !session.isResumed || !isAnnounced { try Console.print(reply.message + "\n") }
                    isAnnounced = true
                case .warning: Console.warn("Warning: \(reply.message)")
                case .error:
                    isOpen = false
                    // A restarted agent that does not know the pod any more has finished deleting it.
                    let mayBeGone = ignoreNotFound || (session.isResumed && isAnnounced)
                    if mayBeGone, reply.message.hasPrefix("Error from server (NotFound)") { continue }
                    let failure = withHints(CommandFailure(reply))
                    Console.warn(failure.text)
                    code = max(code, failure.exitCode)
                default: break
                }
            }
        }
        return code
    }
}
