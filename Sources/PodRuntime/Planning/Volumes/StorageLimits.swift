import PodModel

/// How much of the host's disk a pod may fill, as the kubelet's eviction manager sees it: the sizeLimit of an emptyDir on
/// disk, ephemeral-storage of the pod and of a container. What is in memory has file systems of its own.
package struct StorageLimits: Sendable, Equatable {
    private struct Check: Equatable {
        /// Of `paths`.
        var measured: [Int]
        var limit: Quantity
        /// What the pod is evicted with.
        var message: String
    }

    /// Directories to be measured; empty when nothing is limited.
    package private(set) var paths: [String] = []
    private var checks: [Check] = []

    package init(_ pod: Pod, paths hostPaths: HostPaths) {
        let layout = PodLayout(paths: hostPaths, pod: pod)
        let volumes = pod.spec.volumes.filter { $0.emptyDir.map { !$0.isInMemory } ?? ($0.configMap != nil) }
        for volume in volumes {
            guard let limit = volume.emptyDir?.sizeLimit, limit.value > 0 else { continue }
            add(
                [layout.diskVolume(volume.name)], limit,
                "Usage of EmptyDir volume \(quoted(volume.name)) exceeds the limit \(quoted(limit.text)).")
        }
        func written(_ container: Container) -> [String] {
            [layout.container(container.name) + "/upper", "\(hostPaths.podLogDirectory(pod))/\(container.name)"]
        }
        if let limit = Self.podLimit(pod) {
            let containers = pod.spec.initContainers + pod.spec.containers
            add(
                containers.flatMap(written) + volumes.map { layout.diskVolume($0.name) }, limit,
                "Pod ephemeral local storage usage exceeds the total limit of containers \(limit.text).")
        }
        for container in pod.spec.containers {
            guard let limit = container.resources.limits[Self.resource], limit.value > 0 else { continue }
            add(
                written(container), limit,
                "Container \(container.name) exceeded its local ephemeral storage limit \(quoted(limit.text)).")
        }
    }

    /// - Parameter usedBytes: of each of `paths`, negative where there is nothing.
    /// - Returns: what the pod is to be evicted with, nil when all is within its limits. In the kubelet's order and words
    ///   (pkg/kubelet/eviction/helpers.go), without the space at their end.
    package func evictionMessage(usedBytes: [Int64]) -> String? {
        guard usedBytes.count == paths.count else { return nil }
        return checks.first { check in
            check.measured.map { max(usedBytes[$0], 0) }.reduce(0, saturatingSum) > check.limit.value
        }?.message
    }

    private mutating func add(_ measured: [String], _ limit: Quantity, _ message: String) {
        let indices = measured.map { path in
            if let index = paths.firstIndex(of: path) { return index }
            paths.append(path)
            return paths.count - 1
        }
        checks.append(Check(measured: indices, limit: limit, message: message))
    }

    private static let resource = "ephemeral-storage"

    /// The sum over the containers that have a limit: more than them all, nothing of the pod may take. nil when none has one.
    private static func podLimit(_ pod: Pod) -> Quantity? {
        let limits = (pod.spec.containers + pod.spec.initContainers).compactMap { $0.resources.limits[resource] }
        guard let first = limits.first else { return nil }
        return Quantity(value: PodResources(pod).limits.ephemeralStorage, format: first.format)
    }
}
