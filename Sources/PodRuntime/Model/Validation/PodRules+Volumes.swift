extension PodRules {
    mutating func checkVolumes(_ path: FieldPath) {
        var names: Set<String> = []
        for (index, volume) in spec.volumes.enumerated() {
            let before = errors.count
            let path = path[index]
            checkSource(of: volume, path)
            if volume.name.isEmpty {
                required(path / "name")
            } else {
                invalid(path / "name", volume.name, NameRules.dns1123Label(volume.name))
                if !names.insert(volume.name).inserted { duplicate(path / "name", volume.name) }
            }
            if errors.count == before { volumes.insert(volume.name) }
        }
    }

    private mutating func checkSource(of volume: Volume, _ path: FieldPath) {
        let sources = volume.sources
        if sources.isEmpty { required(path, "must specify a volume type") }
        for extra in sources.dropFirst() { forbidden(path / extra, "may not specify more than 1 volume type") }
        if let limit = volume.emptyDir?.sizeLimit, limit.isNegative {
            forbidden(path / "emptyDir" / "sizeLimit", "SizeLimit field must be a valid resource quantity")
        }
        if let source = volume.nfs { checkNFS(source, path / "nfs") }
        if let source = volume.hostPath { check(source, path / "hostPath") }
        if let source = volume.secret {
            if source.secretName.isEmpty { required(path / "secret" / "secretName") }
            check(mode: source.defaultMode, path / "secret" / "defaultMode")
            check(source.items, path / "secret" / "items")
        }
        if let source = volume.configMap {
            if source.name.isEmpty { required(path / "configMap" / "name") }
            check(mode: source.defaultMode, path / "configMap" / "defaultMode")
            check(source.items, path / "configMap" / "items")
        }
        if let source = volume.persistentVolumeClaim, source.claimName.isEmpty {
            required(path / "persistentVolumeClaim" / "claimName")
        }
        if let source = volume.downwardAPI {
            check(mode: source.defaultMode, path / "downwardAPI" / "defaultMode")
            for file in source.items { check(file, path / "downwardAPI") }
        }
        if let source = volume.projected { check(source, path / "projected") }
        if let source = volume.image {
            if source.reference.isEmpty { required(path / "image" / "reference") }
            if !source.pullPolicy.isEmpty {
                oneOf(path / "image" / "pullPolicy", source.pullPolicy, ["Always", "IfNotPresent", "Never"])
            }
        }
    }

    private mutating func check(_ source: HostPathVolumeSource, _ path: FieldPath) {
        if source.path.isEmpty { return required(path / "path") }
        invalid(path / "path", source.path, NameRules.noBacksteps(source.path))
        oneOf(
            path / "type", source.type,
            ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"])
    }

    private mutating func check(mode: Int32?, _ path: FieldPath) {
        if let mode { invalid(path, mode, NameRules.fileMode(mode)) }
    }

    private mutating func check(_ items: [KeyToPath], _ path: FieldPath) {
        for (index, item) in items.enumerated() {
            if item.key.isEmpty { required(path[index] / "key") }
            check(filePath: item.path, path[index] / "path")
            check(mode: item.mode, path[index] / "mode")
        }
    }

    /// Below the volume, and not a name the atomic writer uses.
    mutating func check(filePath: String, _ path: FieldPath) {
        if filePath.isEmpty { return required(path) }
        invalid(path, filePath, NameRules.descendingPath(filePath))
        if filePath.hasPrefix(".."), NameRules.noBacksteps(filePath).isEmpty {
            invalid(path, filePath, ["must not start with '..'"])
        }
    }

    private mutating func check(_ file: DownwardAPIVolumeFile, _ path: FieldPath) {
        if file.path.isEmpty { required(path / "path") } else { check(filePath: file.path, path / "path") }
        if let selector = file.fieldRef {
            check(selector, path / "fieldRef", supported: Self.volumeFields)
            if file.resourceFieldRef != nil {
                invalid(path, "resource", ["fieldRef and resourceFieldRef can not be specified simultaneously"])
            }
        } else if let selector = file.resourceFieldRef {
            check(selector, path / "resourceFieldRef", isVolume: true)
        } else {
            required(path, "one of fieldRef and resourceFieldRef is required")
        }
        check(mode: file.mode, path / "mode")
    }

    private mutating func check(_ source: ProjectedVolumeSource, _ path: FieldPath) {
        check(mode: source.defaultMode, path / "defaultMode")
        let whole = path
        var targets: Set<String> = []
        for (index, projection) in source.sources.enumerated() {
            let path = (path / "sources")[index]
            var count = 0
            /// Kubernetes names the source here, and the volume's path.
            func claim(_ target: String, for name: String) {
                if !target.isEmpty, !targets.insert(target).inserted {
                    invalid(whole, name, ["conflicting duplicate paths"])
                }
            }
            if let secret = projection.secret {
                count += 1
                if secret.name.isEmpty { required(path / "secret" / "name") }
                check(secret.items, path / "secret" / "items")
                for item in secret.items { claim(item.path, for: secret.name) }
            }
            if let map = projection.configMap {
                count += 1
                if map.name.isEmpty { required(path / "configMap" / "name") }
                check(map.items, path / "configMap" / "items")
                for item in map.items { claim(item.path, for: map.name) }
            }
            if let api = projection.downwardAPI {
                count += 1
                for file in api.items {
                    check(file, path / "downwardAPI")
                    claim(file.path, for: file.path)
                }
            }
            if let token = projection.serviceAccountToken {
                count += 1
                check(token, path / "serviceAccountToken", volume: whole)
            }
            if projection.clusterTrustBundle != nil { count += 1 }
            if projection.podCertificate != nil { count += 1 }
            if count > 1 { forbidden(path, "may not specify more than 1 volume type per source") }
            if count == 0 { required(path, "must specify a volume type per source") }
        }
    }

    private mutating func check(_ token: ServiceAccountTokenProjection, _ path: FieldPath, volume: FieldPath) {
        if let seconds = token.expirationSeconds {
            let path = path / "expirationSeconds"
            if seconds < 600 { invalid(path, seconds, ["may not specify a duration less than 10 minutes"]) }
            if seconds > 1 << 32 { invalid(path, seconds, ["may not specify a duration larger than 2^32 seconds"]) }
        }
        // Kubernetes gives the volume's path here.
        check(filePath: token.path, volume / "path")
    }

    private mutating func checkNFS(_ source: Value, _ path: FieldPath) {
        func text(_ field: String) -> String {
            guard case .object(let members) = source,
                case .string(let text) = members.first(where: { $0.key == field })?.value
            else { return "" }
            return text
        }
        if text("server").isEmpty { required(path / "server") }
        if text("path").isEmpty {
            required(path / "path")
        } else if !text("path").hasPrefix("/") {
            invalid(path / "path", text("path"), ["must be an absolute path"])
        }
    }

    // MARK: - Mounts

    mutating func checkMounts(_ container: Container, _ path: FieldPath) {
        var targets: Set<String> = []
        for (index, mount) in container.volumeMounts.enumerated() {
            if mount.name.isEmpty { required(path[index] / "name") }
            if !volumes.contains(mount.name) { notFound(path[index] / "name", mount.name) }
            if mount.mountPath.isEmpty { required(path[index] / "mountPath") }
            if !targets.insert(mount.mountPath).inserted {
                invalid(path[index] / "mountPath", mount.mountPath, ["must be unique"])
            }
            // Kubernetes gives these without the index.
            if !mount.subPath.isEmpty {
                invalid(path / "subPath", mount.subPath, NameRules.descendingPath(mount.subPath))
            }
            if !mount.subPathExpr.isEmpty {
                if !mount.subPath.isEmpty {
                    invalid(
                        path[index] / "subPathExpr", mount.subPathExpr,
                        ["subPathExpr and subPath are mutually exclusive"])
                }
                invalid(path / "subPathExpr", mount.subPathExpr, NameRules.descendingPath(mount.subPathExpr))
            }
            oneOf(path / "mountPropagation", mount.mountPropagation, ["Bidirectional", "HostToContainer", "None"])
            if mount.mountPropagation == "Bidirectional", container.securityContext?.privileged != true {
                forbidden(
                    path / "mountPropagation",
                    "Bidirectional mount propagation is available only to privileged containers")
            }
            guard let mode = mount.recursiveReadOnly else { continue }
            oneOf(path / "recursiveReadOnly", mode, ["Disabled", "IfPossible", "Enabled"])
            if ["IfPossible", "Enabled"].contains(mode) {
                if !mount.readOnly {
                    forbidden(path / "recursiveReadOnly", "may only be specified when readOnly is true")
                }
                if let propagation = mount.mountPropagation, propagation != "None" {
                    forbidden(
                        path / "recursiveReadOnly",
                        "may only be specified when mountPropagation is None or not specified")
                }
            }
        }
    }
}
