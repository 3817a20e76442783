import Glibc
import PodLinux
import PodModel
import PodPlanning

/// Bidirectional mount propagation (decision 0024).
extension PodRunner {
    /// An emptyDir as a shared mount of the host.
    func make(_ volume: SharedVolumePlan) throws {
        let tmpfs = volume.tmpfs
        try SharedMount.make(volume.path, tmpfs: tmpfs.map { ($0.sizeBytes, $0.mode) })
        guard let tmpfs, let group = tmpfs.group else { return }
        try check("chown", tmpfs.path) { chown(tmpfs.path, 0, group) }
        // chown takes the setgid bit away.
        try check("chmod", tmpfs.path) { chmod(tmpfs.path, tmpfs.mode) }
    }

    /// For one container's start: the clone can be attached only once.
    func openShared(_ source: SharedSource) throws -> DescriptorBox {
        if source.needsSharedMount, let mountPoint = try SharedMount.unsharedMountPoint(of: source.path) {
            // containerd's words, and what to do.
            throw AgentError(
                "path \"\(source.path)\" is mounted on \"\(mountPoint)\" but it is not a shared mount: "
                    + "run mount --make-shared \(mountPoint)")
        }
        return try SharedMount.open(source.path, subPath: source.subPath)
    }

    /// No process of the pod is left: what its containers mounted in its emptyDirs goes from the host.
    func removeSharedMounts() {
        for path in SharedVolumePlan.paths(in: pod, paths: host.paths) {
            do {
                try SharedMount.remove(path)
            } catch {
                host.log("pod \"\(pod.metadata.name)\": \(error)")
            }
        }
    }
}
