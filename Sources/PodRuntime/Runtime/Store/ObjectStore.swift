import PodModel
import PodPlanning

/// The ConfigMaps and Secrets that were applied.
@MainActor
final class ObjectStore {
    private let paths: HostPaths
    /// By namespace.
    private var configurations: [String: PodConfiguration] = [:]
    /// Called with the namespace in which an object came, changed or went.
    var onChange: (String) -> Void = { _ in }

    init(paths: HostPaths) {
        self.paths = paths
    }

    /// What pods of a namespace may refer to, as it is now.
    func configuration(namespace: String) -> PodConfiguration { configurations[namespace] ?? .none }
}
