import PodModel

/// The ConfigMaps and Secrets that a pod may see, those of its namespace, by name: as they were at one moment.
package struct PodConfiguration: Sendable, Equatable {
    package var configMaps: [String: ConfigMap]
    package var secrets: [String: Secret]

    package init(configMaps: [String: ConfigMap] = [:], secrets: [String: Secret] = [:]) {
        self.configMaps = configMaps
        self.secrets = secrets
    }

    package static let none = PodConfiguration()
}
