import PodModel

/// A Secret with logins for registries, which a pod's `imagePullSecrets` name. Never printed: descriptions show no secret.
package struct PullSecret: Codable, Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// `namespace/name`, for messages.
    package var name: String
    /// docker's old `.dockercfg`: entries without `auths` around them.
    package var isLegacy: Bool
    package var document: Base64Bytes

    package init(name: String, isLegacy: Bool = false, document: [UInt8]) {
        self.name = name
        self.isLegacy = isLegacy
        self.document = Base64Bytes(document)
    }

    package var description: String { "pull secret \"\(name)\"" }
    package var debugDescription: String { description }

    /// Those of a pod in their order, and the names that lead to no Secret. Secrets of other types say nothing, as for the
    /// kubelet (pkg/credentialprovider/secrets).
    package static func all(
        of pod: Pod, in configuration: PodConfiguration
    ) -> (secrets: [PullSecret], missing: [String]) {
        var secrets: [PullSecret] = []
        var missing: [String] = []
        for name in pod.spec.imagePullSecrets.map(\.name) where !name.isEmpty {
            guard let secret = configuration.secrets[name] else {
                missing.append(name)
                continue
            }
            let isLegacy = secret.type == "kubernetes.io/dockercfg"
            guard isLegacy || secret.type == "kubernetes.io/dockerconfigjson",
                let document = secret.files[isLegacy ? ".dockercfg" : ".dockerconfigjson"], !document.isEmpty
            else { continue }
            secrets.append(
                PullSecret(name: "\(pod.metadata.namespace)/\(name)", isLegacy: isLegacy, document: document))
        }
        return (secrets, missing)
    }
}
