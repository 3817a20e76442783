import PodModel

/// The ConfigMaps and Secrets that a pod may see, those of its namespace, by name: as they were at one moment.
package struct PodConfiguration: Codable, Sendable, Equatable {
    package var configMaps: [String: ConfigMap]
    package var secrets: [String: Secret]
    /// What one container's `fileKeyRef`s name, by volume and path: read just before its start.
    package var files: [String: String]

    package init(
        configMaps: [String: ConfigMap] = [:], secrets: [String: Secret] = [:], files: [String: String] = [:]
    ) {
        self.configMaps = configMaps
        self.secrets = secrets
        self.files = files
    }

    package static let none = PodConfiguration()

    /// The objects of manifests, for people to look at: a Secret has the place of each value in place of the value.
    /// - Parameter objects: with their namespace.
    package init(showing objects: [StoredObject], namespace: String) {
        self.init()
        for object in objects.map({ $0.withDefaults() }) where object.metadata.namespace == namespace {
            switch object {
            case .configMap(let configMap): configMaps[configMap.metadata.name] = configMap
            case .secret(var secret):
                for key in secret.data.keys {
                    secret.data[key] = Base64Bytes(Array("<key \(key) of secret \(secret.metadata.name)>".utf8))
                }
                secrets[secret.metadata.name] = secret
            case .persistentVolumeClaim: continue
            }
        }
    }

    /// Those that a container's environment refers to; nil when it refers to none.
    package func used(by container: Container) -> PodConfiguration? {
        let sources = container.env.compactMap(\.valueFrom)
        let configMapNames = Set(
            sources.compactMap { $0.configMapKeyRef?.name } + container.envFrom.compactMap { $0.configMapRef?.name })
        let secretNames = Set(
            sources.compactMap { $0.secretKeyRef?.name } + container.envFrom.compactMap { $0.secretRef?.name })
        let fileKeys = Set(sources.compactMap { $0.fileKeyRef?.fileKey })
        if configMapNames.isEmpty, secretNames.isEmpty, fileKeys.isEmpty { return nil }
        var found = only(configMaps: configMapNames, secrets: secretNames)
        found.files = files.filter { fileKeys.contains($0.key) }
        return found
    }

    /// Those that a volume shows.
    package func used(by volume: Volume) -> PodConfiguration {
        let sources = volume.projected?.sources ?? []
        return only(
            configMaps: Set([volume.configMap?.name].compactMap { $0 } + sources.compactMap { $0.configMap?.name }),
            secrets: Set([volume.secret?.secretName].compactMap { $0 } + sources.compactMap { $0.secret?.name }))
    }

    /// Objects that the pod refers to and that are not among these, as `configmap settings`, in the pod's order, each once.
    func unseen(by pod: Pod) -> [String] {
        var found: [String] = []
        func note(_ kind: ObjectKind, _ name: String?, _ isKnown: (String) -> Bool) {
            guard let name, !isKnown(name), !found.contains("\(kind.word) \(name)") else { return }
            found.append("\(kind.word) \(name)")
        }
        func noteConfigMap(_ name: String?) { note(.configMap, name) { configMaps[$0] != nil } }
        func noteSecret(_ name: String?) { note(.secret, name) { secrets[$0] != nil } }
        for container in pod.spec.initContainers + pod.spec.containers {
            for source in container.envFrom {
                noteConfigMap(source.configMapRef?.name)
                noteSecret(source.secretRef?.name)
            }
            for source in container.env.compactMap(\.valueFrom) {
                noteConfigMap(source.configMapKeyRef?.name)
                noteSecret(source.secretKeyRef?.name)
            }
        }
        for volume in pod.spec.volumes {
            noteConfigMap(volume.configMap?.name)
            noteSecret(volume.secret?.secretName)
            for source in volume.projected?.sources ?? [] {
                noteConfigMap(source.configMap?.name)
                noteSecret(source.secret?.name)
            }
            note(.persistentVolumeClaim, volume.persistentVolumeClaim?.claimName) { _ in false }
        }
        return found
    }

    private func only(configMaps names: Set<String>, secrets secretNames: Set<String>) -> PodConfiguration {
        var found = PodConfiguration.none
        for name in names { found.configMaps[name] = configMaps[name] }
        for name in secretNames { found.secrets[name] = secrets[name] }
        return found
    }

    /// - Returns: nil for a missing one that may be missing.
    /// - Throws: the kubelet's text for one that may not.
    func configMap(_ name: String, isOptional: Bool?) throws(ResolveError) -> ConfigMap? {
        if let configMap = configMaps[name] { return configMap }
        if isOptional == true { return nil }
        throw ResolveError(.createContainerConfigError, "configmap \(quoted(name)) not found")
    }

    /// As ``configMap(_:isOptional:)``.
    func secret(_ name: String, isOptional: Bool?) throws(ResolveError) -> Secret? {
        if let secret = secrets[name] { return secret }
        if isOptional == true { return nil }
        throw ResolveError(.createContainerConfigError, "secret \(quoted(name)) not found")
    }
}

/// Immutable objects, as a pod saw each of them first.
package struct FrozenConfiguration: Sendable, Equatable {
    private var objects = PodConfiguration.none

    package init() {}

    /// - Returns: the objects that are stored, with those that the pod has seen as immutable in place of what came after
    ///   them or where they are gone.
    package mutating func see(_ stored: PodConfiguration) -> PodConfiguration {
        for (name, object) in stored.configMaps where object.immutable == true && objects.configMaps[name] == nil {
            objects.configMaps[name] = object
        }
        for (name, object) in stored.secrets where object.immutable == true && objects.secrets[name] == nil {
            objects.secrets[name] = object
        }
        if objects == .none { return stored }
        return PodConfiguration(
            configMaps: stored.configMaps.merging(objects.configMaps) { _, seen in seen },
            secrets: stored.secrets.merging(objects.secrets) { _, seen in seen })
    }
}
