import PodLinux
import PodModel
import PodPlanning

/// Requests about objects that are not pods.
extension RequestHandler {
    func applyObject(_ object: StoredObject, _ request: ControlRequest) {
        agent.host.objects.apply(object, request, now: agent.host.now().wall) { [weak session] outcome in
            switch outcome {
            case .success(let (object, word)):
                let word = request.verb == .replace ? "replaced" : word
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
                tellDeleted(object, request)
            }
        }
        deleteClaims(claims[...], request)
    }

    /// One after the other; then, when the request waits, until the pods that use them let them go.
    private func deleteClaims(
        _ claims: ArraySlice<PersistentVolumeClaim>, _ request: ControlRequest, deleted: Set<String> = []
    ) {
        guard let claim = claims.first else { return finishWhenGone(deleted, wait: request.wait) }
        agent.host.objects.markDeleted(claim, now: agent.host.now().wall) { [weak session] error in
            if let error {
                session?.fail(error)
                return
            }
            self.tellDeleted(.persistentVolumeClaim(claim), request)
            self.deleteClaims(claims.dropFirst(), request, deleted: deleted.union([claim.metadata.uid]))
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

    private func tellDeleted(_ object: StoredObject, _ request: ControlRequest) {
        session.send(.deleted(object.kind, object.metadata, gracePeriodSeconds: request.gracePeriodSeconds))
    }
}
