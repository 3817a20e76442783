import PodModel
import PodRuntime

/// A change of an object that is there, as the agent has it.
@MainActor
struct ObjectUpdate {
    let verbs: Verbs
    let isDryRun: Bool

    /// How often a change is made again because another one came between.
    private static let attempts = 5

    /// - Parameter change: makes the new object; throws what the user is told. Called again with the newest version when
    ///   the object was changed meanwhile.
    /// - Returns: the object before and after; the same when there was nothing to do.
    func apply(
        to first: ListedObject, _ change: (ListedObject) throws -> ListedObject
    ) throws -> (before: ListedObject, after: ListedObject) {
        var object = first
        for attempt in 1... {
            let changed = try change(object)
            guard changed != object, let failure = try replace(with: changed) else { return (object, changed) }
            guard attempt < Self.attempts, failure.message.contains("the object has been modified"),
                first.metadata.resourceVersion == changed.metadata.resourceVersion
            else { throw failure }
            object = try verbs.fetchOne(object.kind, object.metadata)
        }
        return (object, object)
    }

    /// - Returns: why it was refused.
    private func replace(with object: ListedObject) throws -> CommandFailure? {
        var request = ControlRequest(
            verb: .replace, kind: object.kind, namespace: object.metadata.namespace, isDryRun: isDryRun, wait: false)
        switch object {
        case .pod(let pod): request.pod = pod
        case .stored(let stored): request.object = stored
        case .event: throw CommandFailure("events can't be changed")
        }
        let session = try verbs.client.send(request)
        while true {
            let reply = try session.receive().reply
            switch reply.kind {
            case .done: return nil
            case .warning: Console.warn("Warning: \(reply.message)")
            case .error: return CommandFailure(reply)
            default: break
            }
        }
    }
}

extension Verbs {
    func fetchOne(_ kind: ObjectKind, _ metadata: ObjectMeta) throws -> ListedObject {
        let answer = try fetch(kind, namespace: metadata.namespace, names: [metadata.name])
        if let failure = answer.failure { throw failure }
        guard let object = answer.objects.first else { throw ControlError.lost }
        return object
    }
}
