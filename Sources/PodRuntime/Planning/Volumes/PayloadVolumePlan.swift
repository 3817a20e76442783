import PodModel

/// Where a volume that shows a payload is written, and as what: the kubelet's modes byte for byte.
package struct PayloadVolumePlan: Sendable, Equatable {
    package var volume: Volume
    /// Its directory on the host, which containers see read-only.
    package var path: String
    /// fsGroup; nil: root's.
    package var group: UInt32?
    /// The volume's directories: parents that keep everybody out, the root, then mount points of other volumes in it,
    /// which can't be made later below a read-only mount.
    package var directories: [PlannedDirectory]

    package var name: String { volume.name }

    /// All of a pod, in its order.
    package static func all(in pod: Pod, paths: HostPaths) -> [PayloadVolumePlan] {
        let layout = PodLayout(paths: paths, pod: pod)
        let group = pod.spec.securityContext?.fsGroup.flatMap(UInt32.init(exactly:))
        return pod.spec.volumes.compactMap { volume in
            guard let source = ResolvedMount.Source(payload: volume) else { return nil }
            let path = layout.source(of: source)
            // In a cluster it is the root of a tmpfs of its own, and that is sticky.
            let isInMemory = volume.configMap == nil
            let mode: UInt32 = isInMemory ? 0o1777 : 0o777
            let parents = isInMemory ? layout.memoryFileDirectories : [layout.dataDirectory, layout.diskVolumes]
            let nested = nestedMountPoints(of: volume.name, in: pod)
            return PayloadVolumePlan(
                volume: volume, path: path, group: group,
                directories: parents.map { PlannedDirectory($0) }
                    + [PlannedDirectory(path, mode: mode | (group == nil ? 0 : 0o2000), group: group)]
                    + nested.map {
                        PlannedDirectory("\(path)/\($0)", mode: group == nil ? 0o755 : 0o2755, group: group)
                    })
        }
    }

    /// Paths in the volume at which containers mount other volumes (pkg/volume/util/nested_volumes.go); what is below
    /// such a path is that other volume's.
    static func nestedMountPoints(of volume: String, in pod: Pod) -> [String] {
        var found: [String] = []
        for container in pod.allContainers {
            let mounts = container.volumeMounts.map { (name: $0.name, path: cleanedPath($0.mountPath)) }
            for mount in mounts where mount.name == volume {
                let below = mounts.map(\.path).filter { isPath($0, atOrBelow: mount.path) && $0 != mount.path }.sorted()
                var last: String?
                for path in below where last.map({ !isPath(path, atOrBelow: $0) }) ?? true {
                    last = path
                    let relative = String(path.dropFirst(mount.path.utf8.count + 1))
                    if !found.contains(relative) { found.append(relative) }
                }
            }
        }
        return found
    }
}

extension ResolvedMount.Source {
    /// nil for a volume that shows no payload.
    init?(payload volume: Volume) {
        if volume.configMap != nil {
            self = .directory(volume: volume.name)
        } else if volume.secret != nil || volume.downwardAPI != nil || volume.projected != nil {
            self = .memoryFiles(volume: volume.name)
        } else {
            return nil
        }
    }
}
