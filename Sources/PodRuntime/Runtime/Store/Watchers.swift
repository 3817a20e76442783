/// Who is told of changes; each is forgotten with its owner.
@MainActor
final class Watchers<Change> {
    private var handlers: [ObjectIdentifier: (Change) -> Void] = [:]

    var isEmpty: Bool { handlers.isEmpty }

    func add(_ owner: AnyObject, _ handler: @escaping (Change) -> Void) {
        handlers[ObjectIdentifier(owner)] = handler
    }

    func remove(_ owner: AnyObject) { handlers[ObjectIdentifier(owner)] = nil }

    /// A handler may add and remove, itself too.
    func tell(_ change: Change) {
        for handler in Array(handlers.values) { handler(change) }
    }
}
