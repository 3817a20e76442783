extension PodRules {
    mutating func check(_ variable: EnvVar, _ path: FieldPath) {
        if variable.name.isEmpty {
            required(path / "name")
        } else {
            invalid(path / "name", variable.name, NameRules.environmentName(variable.name))
        }
        guard let source = variable.valueFrom else { return }
        let path = path / "valueFrom"
        var count = 0
        if let selector = source.fieldRef {
            count += 1
            check(selector, path / "fieldRef", supported: Self.environmentFields)
        }
        if let selector = source.resourceFieldRef {
            count += 1
            check(selector, path / "resourceFieldRef", isVolume: false)
        }
        for (field, key) in [
            ("configMapKeyRef", source.configMapKeyRef?.key), ("secretKeyRef", source.secretKeyRef?.key),
        ] {
            guard let key else { continue }
            count += 1
            if key.isEmpty {
                required(path / field / "key")
            } else {
                invalid(path / field / "key", key, NameRules.configMapKey(key))
            }
        }
        if let selector = source.fileKeyRef {
            count += 1
            check(selector, path / "fileKeyRef")
        }
        if count == 0 {
            invalid(
                path, "",
                [
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
                ])
        } else if !variable.value.isEmpty {
            invalid(path, "", ["may not be specified when `value` is not empty"])
        } else if count > 1 {
            invalid(path, "", ["may not have more than one field specified at a time"])
        }
    }

    private mutating func check(_ selector: FileKeySelector, _ path: FieldPath) {
        if selector.key.isEmpty {
            required(path / "key")
        } else {
            invalid(path / "key", selector.key, NameRules.environmentName(selector.key))
        }
        check(filePath: selector.path, path / "path")
        if selector.volumeName.isEmpty { return required(path / "volumeName") }
        guard let volume = spec.volumes.first(where: { $0.name == selector.volumeName }) else {
            return notFound(path / "volumeName", selector.volumeName)
        }
        if volume.emptyDir == nil {
            invalid(path / "volumeName", selector.volumeName, ["referenced volume must be of type emptyDir"])
        }
    }

    mutating func checkEnvFrom(_ sources: [EnvFromSource], _ path: FieldPath) {
        for source in sources {
            if !source.prefix.isEmpty {
                invalid(path / "prefix", source.prefix, NameRules.environmentName(source.prefix))
            }
            if source.configMapRef?.name.isEmpty == true { required(path / "configMapRef" / "name") }
            if source.secretRef?.name.isEmpty == true { required(path / "secretRef" / "name") }
            switch (source.configMapRef, source.secretRef) {
            case (nil, nil): invalid(path, "", ["must specify one of: `configMapRef` or `secretRef`"])
            case (.some, .some): invalid(path, "", ["may not have more than one field specified at a time"])
            default: break
            }
        }
    }

    static let environmentFields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    static let volumeFields = [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
    ]

    /// Fields that Kubernetes can convert at all, wider than what it lets through.
    private static let knownFields: Set<String> = [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
        "spec.nodeName",
        "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs", "status.nominatedNodeName",
    ]

    mutating func check(_ selector: ObjectFieldSelector, _ path: FieldPath, supported: [String]) {
        if selector.apiVersion.isEmpty { return required(path / "apiVersion") }
        if selector.fieldPath.isEmpty { return required(path / "fieldPath") }
        if let (map, key) = selector.subscripted {
            switch map {
            case "metadata.annotations":
                invalid(path / "fieldPath", key, NameRules.qualifiedName(key.lowercased()))
            case "metadata.labels": invalid(path / "fieldPath", key, NameRules.qualifiedName(key))
            default: invalid(path / "fieldPath", map, ["does not support subscript"])
            }
        } else if !Self.knownFields.contains(selector.fieldPath) {
            invalid(
                path / "fieldPath", selector.fieldPath,
                ["error converting fieldPath: field label not supported: \(selector.fieldPath)"])
        } else {
            oneOf(path / "fieldPath", selector.fieldPath, supported)
        }
    }

    private static let resourceFields = [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
        "requests.memory",
    ]
    private static let byteDivisors = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ]

    mutating func check(_ selector: ResourceFieldSelector, _ path: FieldPath, isVolume: Bool) {
        if isVolume, selector.containerName.isEmpty { required(path / "containerName") }
        if selector.resource.isEmpty { return required(path / "resource") }
        let isHugePages = ["limits.hugepages-", "requests.hugepages-"].contains(where: selector.resource.hasPrefix)
        if !isHugePages { oneOf(path / "resource", selector.resource, Self.resourceFields) }
        guard let divisor = selector.divisor, !divisor.isZero else { return }
        let (allowed, words) =
            switch selector.resource {
            case "limits.cpu", "requests.cpu": (["1m", "1"], "values 1m and 1 are supported with the cpu resource")
            case "limits.memory", "requests.memory":
                (
                    Self.byteDivisors,
                    "values \(Self.byteDivisors.joined(separator: ", ")) are supported with the memory resource"
                )
            case "limits.ephemeral-storage", "requests.ephemeral-storage":
                (
                    Self.byteDivisors,
                    "values \(Self.byteDivisors.joined(separator: ", ")) are supported with the local ephemeral storage resource"
                )
            default: ([divisor.text], "")
            }
        if !allowed.contains(divisor.text) {
            invalid(path / "divisor", selector.resource, ["only divisor's \(words)"])
        }
    }
}

extension ObjectFieldSelector {
    /// Map and key of `metadata.labels['app']`.
    package var subscripted: (map: String, key: String)? {
        guard fieldPath.hasSuffix("']"), let bracket = fieldPath.firstIndex(of: "["), bracket > fieldPath.startIndex,
            fieldPath[bracket...].hasPrefix("['")
        else { return nil }
        return (String(fieldPath[..<bracket]), String(fieldPath[bracket...].dropFirst(2).dropLast(2)))
    }
}
