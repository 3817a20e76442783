extension StoredObject {
    /// Kubernetes' defaulting of the kind (pkg/apis/core/v1), and what its API server does to an object before it
    /// stores it: the namespace, and a Secret's stringData in its data.
    package func withDefaults() -> StoredObject {
        var object = self
        if object.metadata.namespace.isEmpty { object.metadata.namespace = "default" }
        switch object {
        case .configMap: return object
        case .secret(let secret): return .secret(secret.withDefaults())
        case .persistentVolumeClaim(var claim):
            claim.spec.volumeMode = claim.spec.volumeMode ?? "Filesystem"
            return .persistentVolumeClaim(claim)
        }
    }
}

extension Secret {
    fileprivate func withDefaults() -> Secret {
        var secret = self
        if secret.type.isEmpty { secret.type = "Opaque" }
        for (key, text) in stringData { secret.data[key] = Base64Bytes(Array(text.utf8)) }
        secret.stringData = [:]
        return secret
    }
}
