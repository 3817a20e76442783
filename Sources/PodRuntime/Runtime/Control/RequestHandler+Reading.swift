import PodLinux
import PodModel
import PodPlanning

/// Requests that only look.
extension RequestHandler {
    /// Pods per frame: with annotations and status at their limits a frame stays below its cap.
    private static let podsPerFrame = 8
    private static let eventsPerFrame = 64
    /// Objects per frame; fewer when they are large.
    private static let objectsPerFrame = 64
    private static let framePayload = 1 << 20

    private var now: Timestamp { agent.host.now().wall }

    func get(_ request: ControlRequest) throws(RequestError) {
        try checkSelector(request)
        switch request.kind {
        case .pod: getPods(request)
        case .event: getEvents(request)
        default: getObjects(request)
        }
    }

    /// The list, then every change.
    func watch(_ request: ControlRequest) throws(RequestError) {
        try checkSelector(request)
        switch request.kind {
        case .pod: watchPods(request)
        case .event: watchEvents(request)
        default: watchObjects(request)
        }
    }

    private func checkSelector(_ request: ControlRequest) throws(RequestError) {
        let selector = request.fieldSelector
        let unknown: String? =
            switch request.kind {
            case .pod: selector.unknownLabel(of: Pod())
            case .event: selector.unknownLabel(of: Event())
            case .secret: selector.unknownLabel(of: StoredObject.secret(Secret()))
            default: selector.unknownLabel(of: ObjectMeta())
            }
        guard let unknown else { return }
        let cause =
            [.pod, .event, .secret].contains(request.kind)
            ? "field label not supported: \(unknown)"
            : "\"\(unknown)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        throw RequestError(
            "Unable to find \"/v1, Resource=\(request.kind.plural)\" that match label selector "
                + "\"\(request.labels.text)\", field selector "
                + "\"\(selector.text)\": \(cause)", reason: "BadRequest")
    }

    /// The end of a list: an error if there are names without an object.
    private func end(_ request: ControlRequest, found: Set<String>) -> ControlReply {
        let missing = request.names.filter { !found.contains($0) }
        if missing.isEmpty { return ControlReply(kind: .done) }
        let texts = missing.map { RequestError.notFound(request.kind, $0).text }
        return ControlReply(kind: .error, message: texts.joined(separator: "\n"), exitCode: 1)
    }

    // MARK: - Pods

    private func getPods(_ request: ControlRequest) {
        var runners = request.inOrder(agent.list(namespace: request.namespace, names: request.names), \.pod.metadata)
        if request.isSelective { runners = runners.filter { request.selects($0.view, $0.pod.metadata) } }
        let now = now
        for start in stride(from: 0, to: runners.count, by: Self.podsPerFrame) {
            let part = runners[start..<min(start + Self.podsPerFrame, runners.count)]
            let events = agent.host.events
            session.send(
                ControlReply(
                    kind: .pods, pods: request.asTable ? [] : part.map(\.view),
                    rows: request.asTable ? part.map { PodRow($0.view, now: now) } : [],
                    events: request.includeEvents
                        ? part.flatMap { events.events(ofPod: $0.pod.metadata.uid, at: now) } : []))
        }
        session.finish(end(request, found: Set(runners.map(\.pod.metadata.name))))
    }

    private func watchPods(_ request: ControlRequest) {
        /// Those that the client takes to be there.
        var known: Set<String> = []
        func isWatched(_ runner: PodRunner) -> Bool {
            request.matches(runner.pod.metadata)
                && (!request.isSelective || request.selects(runner.view, runner.pod.metadata))
        }
        for runner in agent.list(namespace: request.namespace, names: request.names) where isWatched(runner) {
            known.insert(runner.pod.metadata.uid)
            session.send(ControlReply(kind: .change, pods: [runner.view], change: "ADDED"))
        }
        agent.watch(session) { [weak session] runner in
            let uid = runner.pod.metadata.uid
            let change: String
            if runner.machine.isForgotten || !isWatched(runner) {
                guard known.remove(uid) != nil else { return }
                change = "DELETED"
            } else {
                change = known.insert(uid).inserted ? "ADDED" : "MODIFIED"
            }
            session?.send(ControlReply(kind: .change, pods: [runner.view], change: change))
        }
    }

    // MARK: - Events

    private func events(_ request: ControlRequest) -> [Event] {
        let events = agent.host.events.list(namespace: request.namespace, names: request.names, at: now)
        return request.inOrder(events, \.metadata).filter { request.selects($0, $0.metadata) }
    }

    private func getEvents(_ request: ControlRequest) {
        var rest = events(request)[...]
        let found = Set(rest.map(\.metadata.name))
        let now = now
        session.stream {
            guard !rest.isEmpty else { return end(request, found: found) }
            let part = rest.prefix(Self.eventsPerFrame)
            rest = rest.dropFirst(part.count)
            return ControlReply(
                kind: .objects, objectRows: request.asTable ? part.map { ObjectRow($0, now: now) } : [],
                events: request.asTable ? [] : Array(part))
        }
    }

    private func watchEvents(_ request: ControlRequest) {
        for event in events(request) {
            session.send(ControlReply(kind: .change, events: [event], change: "ADDED"))
        }
        agent.host.events.watchers.add(session) { [weak session] event, change in
            guard request.matches(event.metadata), request.selects(event, event.metadata) else { return }
            session?.send(ControlReply(kind: .change, events: [event], change: change))
        }
    }

    // MARK: - Other objects

    private func objects(_ request: ControlRequest) -> [StoredObject] {
        let objects = agent.host.objects.list(request.kind, namespace: request.namespace, names: request.names)
        return request.inOrder(objects, \.metadata).filter { request.selects($0, $0.metadata) }
    }

    private func getObjects(_ request: ControlRequest) {
        var rest = objects(request)[...]
        let found = Set(rest.map(\.metadata.name))
        if request.asTable {
            let now = now
            session.send(ControlReply(kind: .objects, objectRows: rest.map { ObjectRow($0, now: now) }))
            rest = []
        }
        session.stream {
            var part: [StoredObject] = []
            var size = 0
            while let next = rest.first, part.count < Self.objectsPerFrame,
                part.isEmpty || size + next.payload <= Self.framePayload
            {
                size += next.payload
                part.append(rest.removeFirst())
            }
            return part.isEmpty ? end(request, found: found) : ControlReply(kind: .objects, objects: part)
        }
    }

    private func watchObjects(_ request: ControlRequest) {
        var rest = objects(request)[...]
        agent.host.objects.watchers.add(session) { [weak session] object, change in
            guard object.kind == request.kind, request.matches(object.metadata),
                request.selects(object, object.metadata)
            else { return }
            // One that is still to be listed is listed as it is now.
            rest.removeAll { $0.metadata.uid == object.metadata.uid }
            session?.send(ControlReply(kind: .change, objects: [object], change: change))
        }
        session.stream { rest.popFirst().map { ControlReply(kind: .change, objects: [$0], change: "ADDED") } }
    }
}

extension ControlRequest {
    fileprivate var isSelective: Bool { !fieldSelector.isEmpty || !labels.isEmpty }

    fileprivate func selects(_ object: some FieldSelectable, _ metadata: ObjectMeta) -> Bool {
        fieldSelector.matches(object) && labels.matches(metadata.labels)
    }

    fileprivate func matches(_ metadata: ObjectMeta) -> Bool {
        (namespace.isEmpty || metadata.namespace == namespace) && (names.isEmpty || names.contains(metadata.name))
    }

    /// As the names were given, as often as they were: kubectl asks for one after the other.
    fileprivate func inOrder<Object>(_ objects: [Object], _ metadata: (Object) -> ObjectMeta) -> [Object] {
        names.count < 2 ? objects : names.flatMap { name in objects.filter { metadata($0).name == name } }
    }
}

extension StoredObject {
    /// About how many bytes of a frame it takes.
    fileprivate var payload: Int {
        switch self {
        case .configMap(let object): object.files.values.reduce(1024) { $0 + $1.count * 2 }
        case .secret(let object): object.data.values.reduce(1024) { $0 + $1.bytes.count * 2 }
        case .persistentVolumeClaim: 4096
        }
    }
}
