import PodModel

/// An emptyDir that a container mounts with Bidirectional propagation. It becomes a shared mount of the host at its own
/// path, whatever the host's mounts are, so that what is mounted in it shows there and in the pod's other containers. So
/// does one in memory that the agent has to read: the keeper's are out of its sight.
package struct SharedVolumePlan: Sendable, Equatable {
    package var path: String
    /// nil: the directory itself, on disk.
    package var tmpfs: TmpfsPlan?

    /// Where such volumes of a pod are mounted.
    package static func paths(in pod: Pod, paths: HostPaths) -> [String] {
        let layout = PodLayout(paths: paths, pod: pod)
        return names(in: pod).map { name in
            let isInMemory = pod.spec.volumes.contains { $0.name == name && $0.emptyDir?.medium == "Memory" }
            return isInMemory ? layout.memoryVolume(name) : layout.diskVolume(name)
        }
    }

    /// `tmpfs`: of all of the pod's volumes that are in memory.
    static func all(in pod: Pod, layout: PodLayout, tmpfs: [TmpfsPlan]) -> [SharedVolumePlan] {
        names(in: pod).map { name in
            let plan = tmpfs.first { $0.path == layout.memoryVolume(name) }
            return SharedVolumePlan(path: plan?.path ?? layout.diskVolume(name), tmpfs: plan)
        }
    }

    private static func names(in pod: Pod) -> [String] {
        let mounts = (pod.spec.initContainers + pod.spec.containers).flatMap(\.volumeMounts)
        let read = (pod.spec.initContainers + pod.spec.containers).flatMap(\.env)
            .compactMap { $0.valueFrom?.fileKeyRef?.volumeName }
        return pod.spec.volumes.filter { volume in
            volume.emptyDir != nil
                && (mounts.contains { $0.name == volume.name && $0.mountPropagation == "Bidirectional" }
                    || volume.emptyDir?.medium == "Memory" && read.contains(volume.name))
        }.map(\.name)
    }
}

/// What of the host a container mounts with Bidirectional propagation: opened in the host's mount namespace, as the
/// keeper's receives mounts but gives none back.
package struct SharedSource: Sendable, Equatable {
    package var path: String
    /// Relative, or "".
    package var subPath: String
    /// The mount that the path is on must be a shared one already: it is not podrun's to change.
    package var needsSharedMount: Bool
}
