import PodLinux
import PodModel
import PodPlanning

/// Requests about objects that are not pods.
extension RequestHandler {
    /// Objects per frame; fewer when they are large.
    private static let objectsPerFrame = 64
    private static let framePayload = 1 << 20

    func getObjects(_ request: ControlRequest) {
        let store = agent.host.objects
        var found = store.list(request.kind, namespace: request.namespace, names: request.names)[...]
        let missing = request.names.filter { name in !found.contains { $0.metadata.name == name } }
        if request.asTable {
            let now = agent.host.now().wall
            session.send(ControlReply(kind: .objects, objectRows: found.map { ObjectRow($0, now: now) }))
            found = []
        }
        session.stream {
            var part: [StoredObject] = []
            var size = 0
            while let next = found.first, part.count < Self.objectsPerFrame,
                part.isEmpty || size + next.payload <= Self.framePayload
            {
                size += next.payload
                part.append(found.removeFirst())
            }
            if !part.isEmpty { return ControlReply(kind: .objects, objects: part) }
            if missing.isEmpty { return ControlReply(kind: .done) }
            let texts = missing.map { RequestError.notFound(request.kind, $0).text }
            return ControlReply(kind: .error, message: texts.joined(separator: "\n"), exitCode: 1)
        }
    }

    func applyObject(_ object: StoredObject, mustBeNew: Bool) {
        agent.host.objects.apply(object, mustBeNew: mustBeNew, now: agent.host.now().wall) { [weak session] outcome in
            switch outcome {
            case .success(let (object, word)):
                session?.send(ControlReply(kind: .result, message: "\(object.reference) \(word)"))
                session?.finish(ControlReply(kind: .done))
            case .failure(let error): session?.fail(error)
            }
        }
    }

    func deleteObjects(_ request: ControlRequest) throws {
        let store = agent.host.objects
        var objects: [StoredObject] = []
        if request.names.isEmpty {
            objects = store.list(request.kind, namespace: request.namespace)
        } else {
            for name in request.names {
                guard let object = store.object(request.kind, namespace: request.namespace, name: name) else {
                    throw RequestError.notFound(request.kind, name)
                }
                objects.append(object)
            }
        }
        var claims: [PersistentVolumeClaim] = []
        for object in objects {
            if case .persistentVolumeClaim(let claim) = object {
                claims.append(claim)
            } else {
                try store.remove(object)
                tellDeleted(object)
            }
        }
        deleteClaims(claims[...], wait: request.wait)
    }

    /// One after the other; then, when the request waits, until the pods that use them let them go.
    private func deleteClaims(_ claims: ArraySlice<PersistentVolumeClaim>, wait: Bool, deleted: Set<String> = []) {
        guard let claim = claims.first else { return finishWhenGone(deleted, wait: wait) }
        agent.host.objects.markDeleted(claim, now: agent.host.now().wall) { [weak session] error in
            if let error {
                session?.fail(error)
                return
            }
            self.tellDeleted(.persistentVolumeClaim(claim))
            self.deleteClaims(claims.dropFirst(), wait: wait, deleted: deleted.union([claim.metadata.uid]))
        }
    }

    private func finishWhenGone(_ uids: Set<String>, wait: Bool) {
        let store = agent.host.objects
        func areGone() -> Bool {
            !store.list(.persistentVolumeClaim, namespace: "").contains { uids.contains($0.metadata.uid) }
        }
        if !wait || areGone() { return session.finish(ControlReply(kind: .done)) }
        agent.watch(session) { [weak session] _ in
            if areGone() { session?.finish(ControlReply(kind: .done)) }
        }
    }

    private func tellDeleted(_ object: StoredObject) {
        session.send(
            ControlReply(kind: .result, message: "\(object.kind.word) \"\(object.metadata.name)\" deleted"))
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
