import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// One object after the other; together they have the time of `--timeout`.
    func wait(_ options: WaitOptions) throws -> Int32 {
        let deadline = options.timeout.map { Clock.monotonic().advanced(byNanoseconds: $0) }
        var failures: [String] = []
        for (kind, namespace, name) in try awaited(options) {
            let waiter = ObjectWaiter(
                client: client, options: options, kind: kind, namespace: namespace, name: name, deadline: deadline)
            do {
                // Who waits for the end of what is not there has nothing to be told.
                if let object = try waiter.run() { try Console.print("\(object.reference) condition met\n") }
            } catch let failure as CommandFailure {
                failures.append(failure.message)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    private func awaited(
        _ options: WaitOptions
    ) throws -> [(kind: ObjectKind, namespace: String, name: String)] {
        var awaited: [(ObjectKind, String, String)] = []
        for group in options.groups {
            if !group.names.isEmpty {
                awaited += group.names.map { (group.kind, options.namespace, $0) }
                continue
            }
            let found = try fetch(group.kind, namespace: options.namespace, names: [], labels: options.labels)
            awaited += found.objects.map { (group.kind, $0.metadata.namespace, $0.metadata.name) }
        }
        if awaited.isEmpty, options.condition != .delete { throw CommandFailure("no matching resources found") }
        return awaited
    }
}

/// Waits until one object is as wanted.
@MainActor
private struct ObjectWaiter {
    let client: ControlClient
    let options: WaitOptions
    let kind: ObjectKind
    let namespace: String
    let name: String
    let deadline: MonotonicInstant?
    /// The one that has the name; another of the same name is a new one.
    private var uid: String?
    private var last: ListedObject?

    init(
        client: ControlClient, options: WaitOptions, kind: ObjectKind, namespace: String, name: String,
        deadline: MonotonicInstant?
    ) {
        self.client = client
        self.options = options
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.deadline = deadline
    }

    /// - Returns: the object; nil if its deletion was waited for and it was not there.
    consuming func run() throws -> ListedObject? {
        var waiter = self
        while true {
            // Changes are watched before the object is looked at, so none is missed.
            let session = try waiter.client.send(waiter.request(.watch))
            do {
                if try waiter.look() { return waiter.last }
                if waiter.options.timeout == 0 {
                    throw CommandFailure("condition not met for \(waiter.resource)")
                }
                if try waiter.follow(session) { return waiter.last }
            } catch ControlError.lost {
                // The agent was restarted: another one tells the rest.
                continue
            }
        }
    }

    /// `pods/web`
    private var resource: String { "\(kind.plural)/\(name)" }

    private func request(_ verb: ControlRequest.Verb) -> ControlRequest {
        ControlRequest(verb: verb, kind: kind, namespace: namespace, names: [name])
    }

    /// Whether the object as it is now is as wanted.
    private mutating func look() throws -> Bool {
        let session = try client.send(request(.get))
        while true {
            let reply = try session.receive().reply
            if let object = reply.listed(of: kind).first, try take(object, change: "ADDED") { return true }
            switch reply.kind {
            case .done: return false
            case .error where reply.message.hasPrefix("Error from server (NotFound)"):
                switch options.condition {
                case .create: return false
                case .delete: return true
                case .condition, .jsonPath:
                    // What was there may come back, as far as anybody knows.
                    if last != nil { return false }
                    throw CommandFailure(reply)
                }
            case .error: throw CommandFailure(reply)
            default: break
            }
        }
    }

    private mutating func follow(_ session: ControlSession) throws -> Bool {
        while true {
            if !session.hasBufferedBytes {
                guard Poll.wait([session.raw], milliseconds: try remaining())[0] else { continue }
            }
            let reply = try session.receive().reply
            if reply.kind == .error { throw CommandFailure(reply) }
            for object in reply.listed(of: kind) where try take(object, change: reply.change) { return true }
        }
    }

    /// Milliseconds; -1 is for ever.
    private func remaining() throws -> Int32 {
        guard let deadline else { return -1 }
        let left = deadline.nanoseconds(since: Clock.monotonic())
        guard left > 0 else {
            let of = options.condition == .create ? "" : " on \(resource)"
            throw CommandFailure("timed out waiting for the condition\(of)")
        }
        return Int32(clamping: left / 1_000_000 + 1)
    }

    private mutating func take(_ object: ListedObject, change: String) throws -> Bool {
        let isAnother = uid != nil && uid != object.metadata.uid
        uid = uid ?? object.metadata.uid
        if case .delete = options.condition {
            if isAnother || change == "DELETED" {
                last = last ?? object
                return true
            }
            last = object
            return false
        }
        last = object
        return change == "DELETED" ? false : try options.condition.holds(for: object.value())
    }
}

extension WaitOptions.Condition {
    /// Whether an object that exists is as wanted.
    func holds(for object: Value) throws -> Bool {
        switch self {
        case .create: return true
        case .delete: return false
        case .condition(let type, let status):
            guard case .array(let conditions)? = object.member("status")?.member("conditions"),
                let condition = conditions.first(where: {
                    $0.member("type")?.plainText.lowercased() == type.lowercased()
                })
            else { return false }
            // One that was observed of an earlier version of the object says nothing of this one.
            let observed =
                condition.member("observedGeneration") ?? object.member("status")?.member("observedGeneration")
            if case .int(let generation)? = object.member("metadata")?.member("generation"),
                case .int(let observed)? = observed, observed < generation
            {
                return false
            }
            return condition.member("status")?.plainText.lowercased() == status.lowercased()
        case .jsonPath(let path, let wanted):
            return try holds(path, wanted, in: object)
        }
    }

    private func holds(_ path: JSONPath, _ wanted: String?, in object: Value) throws -> Bool {
        let results: [Value]
        do throws(JSONPath.Problem) {
            results = try path.results(in: object).first ?? []
        } catch {
            // An element that is not there yet.
            return false
        }
        guard let result = results.first else { return false }
        guard let wanted else { return true }
        guard results.count == 1 else { throw CommandFailure("given jsonpath expression matches more than one value") }
        switch result {
        case .array, .object:
            throw CommandFailure("jsonpath leads to a nested object or list which is not supported")
        default: return result.plainText == wanted
        }
    }
}
