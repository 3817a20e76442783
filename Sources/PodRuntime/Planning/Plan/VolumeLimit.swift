import PodModel

/// How much an emptyDir on disk may hold. One in memory has a file system of its own, as large as that.
package struct VolumeLimit: Sendable, Equatable {
    package var volume: String
    package var path: String
    package var limit: Quantity

    package static func all(in pod: Pod, paths: HostPaths) -> [VolumeLimit] {
        let layout = PodLayout(paths: paths, pod: pod)
        return pod.spec.volumes.compactMap { volume in
            guard let emptyDir = volume.emptyDir, emptyDir.medium != "Memory", let limit = emptyDir.sizeLimit,
                limit.value > 0
            else { return nil }
            return VolumeLimit(volume: volume.name, path: layout.diskVolume(volume.name), limit: limit)
        }
    }

    /// What the pod is evicted with when the volume holds so many bytes; nil when that is fine
    /// (pkg/kubelet/eviction/helpers.go, emptyDirMessageFmt, without the space at its end).
    package func evictionMessage(usedBytes: Int64) -> String? {
        usedBytes > limit.value
            ? "Usage of EmptyDir volume \(quoted(volume)) exceeds the limit \(quoted(limit.text))." : nil
    }
}
