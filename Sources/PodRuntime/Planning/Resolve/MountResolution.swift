import PodModel

/// Which volumes a container sees, and where.
struct MountResolution {
    let container: Container
    let pod: Pod
    /// For subPathExpr.
    let values: [String: String]
    /// By volume name.
    var images: [String: ImageFacts] = [:]

    func resolve() throws(ResolveError) -> [ResolvedMount] {
        var mounts: [ResolvedMount] = []
        for mount in container.volumeMounts { mounts.append(try resolve(mount)) }
        // Stable: of equal depth, the pod's order stays.
        let order = mounts.indices.sorted {
            (partCount(mounts[$0].path), $0) < (partCount(mounts[$1].path), $1)
        }
        return order.map { mounts[$0] }
    }

    private func resolve(_ mount: VolumeMount) throws(ResolveError) -> ResolvedMount {
        guard mount.mountPath.hasPrefix("/") else {
            throw ResolveError(.createContainerError, "mountPath \(quoted(mount.mountPath)) is not an absolute path")
        }
        let path = cleanedPath(mount.mountPath)
        try check(path)
        guard let volume = pod.spec.volumes.first(where: { $0.name == mount.name }) else {
            throw ResolveError(.createContainerConfigError, "volume \(quoted(mount.name)) not found")
        }
        // What the agent writes is the agent's: containers only ever read it, as with the kubelet.
        let isReadOnly =
            mount.readOnly || ResolvedMount.Source(payload: volume) != nil || volume.image != nil
            || volume.persistentVolumeClaim?.readOnly == true
        let recursive = mount.recursiveReadOnly == "Enabled" || mount.recursiveReadOnly == "IfPossible"
        return ResolvedMount(
            source: try source(of: volume), volume: mount.name, path: path, subPath: try subPath(of: mount),
            isReadOnly: isReadOnly, isRecursivelyReadOnly: isReadOnly && recursive,
            propagation: propagation(mount.mountPropagation))
    }

    /// The runtime's own mounts protect the host: nothing of a pod goes over them (attacks B8).
    private func check(_ path: String) throws(ResolveError) {
        if path == "/" {
            throw ResolveError(.createContainerError, "mountPath \"/\": a volume can't replace the root file system")
        }
        for directory in ["/proc", "/sys"] where isPath(path, atOrBelow: directory) {
            throw ResolveError(
                .createContainerError,
                "mountPath \(quoted(path)) is inside \(directory): volumes can't be mounted there")
        }
        if path == "/dev" {
            throw ResolveError(.createContainerError, "mountPath \"/dev\": a volume can't replace the devices")
        }
    }

    private func source(of volume: Volume) throws(ResolveError) -> ResolvedMount.Source {
        if let emptyDir = volume.emptyDir {
            return emptyDir.isInMemory ? .memory(volume: volume.name) : .directory(volume: volume.name)
        }
        if let source = ResolvedMount.Source(payload: volume) { return source }
        if let image = volume.image {
            guard let facts = images[volume.name] else {
                throw ResolveError(.createContainerError, "image \(quoted(image.reference)) is gone")
            }
            return .image(layers: facts.layers)
        }
        if let claim = volume.persistentVolumeClaim { return .claim(claim.claimName) }
        if let hostPath = volume.hostPath { return .hostPath(cleanedPath(hostPath.path)) }
        throw ResolveError(
            .createContainerConfigError, "volume \(quoted(volume.name)): its type is not supported yet")
    }

    private func subPath(of mount: VolumeMount) throws(ResolveError) -> String {
        var written = mount.subPath
        if !mount.subPathExpr.isEmpty {
            var missing: Set<String> = []
            written = expandVariables(in: mount.subPathExpr) { name in
                let value = values[name] ?? ""
                if value.isEmpty { missing.insert(name) }
                return value
            }
            if !missing.isEmpty {
                throw ResolveError(
                    .createContainerConfigError, "missing value for \(missing.sorted().joined(separator: ", "))")
            }
        }
        if written.isEmpty { return "" }
        let parts = written.split(separator: "/")
        if written.hasPrefix("/") {
            throw ResolveError(
                .createContainerConfigError, "error SubPath `\(written)` must not be an absolute path")
        }
        if parts.contains("..") {
            throw ResolveError(
                .createContainerConfigError, "unable to provision SubPath `\(written)`: must not contain '..'")
        }
        if written.utf8.contains(0) {
            throw ResolveError(
                .createContainerConfigError,
                "failed to prepare subPath for volumeMount \(quoted(mount.name)) of container "
                    + "\(quoted(container.name))")
        }
        return parts.filter { $0 != "." }.joined(separator: "/")
    }

    private func propagation(_ word: String?) -> MountPropagation {
        switch word {
        case "HostToContainer": return .slave
        case "Bidirectional": return .shared
        default: return .privateMount
        }
    }
}
