import PodModel
import PodPlanning

/// A claim that pods use stays until they are done with it (Kubernetes' pvc-protection).
extension Agent {
    func users(ofClaim name: String, namespace: String) -> [PodRunner] {
        list(namespace: namespace, names: []).filter { runner in
            !runner.machine.isForgotten && !runner.machine.isFinished
                && runner.pod.spec.volumes.contains { $0.persistentVolumeClaim?.claimName == name }
        }
    }

    /// Removes the deleted claims that no pod uses any more. One that is just being written has its turn after that.
    func releaseClaims(namespace: String = "") {
        for case .persistentVolumeClaim(let claim) in host.objects.list(.persistentVolumeClaim, namespace: namespace)
        where claim.metadata.deletionTimestamp != nil && !host.objects.isBeingWritten(claim) {
            guard users(ofClaim: claim.metadata.name, namespace: claim.metadata.namespace).isEmpty else { continue }
            do throws(RequestError) {
                try remove(claim)
            } catch {
                host.log("\(error)")
            }
        }
    }

    /// The contents first: of a claim that is still there, nobody thinks that they are gone for good.
    private func remove(_ claim: PersistentVolumeClaim) throws(RequestError) {
        let metadata = claim.metadata
        do {
            try host.trash.discard(host.paths.claimDirectory(namespace: metadata.namespace, name: metadata.name))
        } catch {
            throw RequestError("remove what \(metadata.name) holds: \(error)", reason: "InternalError")
        }
        try host.objects.remove(.persistentVolumeClaim(claim))
    }
}
