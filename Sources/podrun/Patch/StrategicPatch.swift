import PodModel

/// Kubernetes' strategic merge patch (apimachinery, util/strategicpatch): lists of objects are merged by a key, other lists
/// are replaced; `$patch: delete` and `$patch: replace` say otherwise.
enum StrategicPatch {
    /// What tells the elements of a list apart, by the list's field (the patchMergeKey of core/v1).
    private static let keys = [
        "conditions": "type", "containers": "name", "env": "name", "ephemeralContainers": "name", "hostAliases": "ip",
        "hostIPs": "ip", "imagePullSecrets": "name", "initContainers": "name", "ownerReferences": "uid", "podIPs": "ip",
        "ports": "containerPort", "resourceClaims": "name", "schedulingGates": "name",
        "topologySpreadConstraints": "topologyKey", "volumeDevices": "devicePath", "volumeMounts": "mountPath",
        "volumes": "name",
    ]

    static func merged(_ old: Value, _ patch: Value) throws(ObjectPatch.Problem) -> Value {
        guard case .object(let changes) = patch else { return patch }
        var result = old
        switch try directive(of: patch) {
        case "delete": return .object([])
        case "replace": return .object(changes.filter { $0.key != "$patch" })
        default: if case .object = old {} else { result = .object([]) }
        }
        if case .array(let kept)? = patch.member("$retainKeys"), case .object(let members) = result {
            result = .object(members.filter { member in kept.contains(.string(member.key)) })
        }
        for (key, change) in changes where !key.hasPrefix("$") {
            let value = result.member(key)
            switch (value, change) {
            case (_, .null): result.set(key, nil)
            case (.array(let items)?, .array(let list)) where keys[key] != nil:
                result.set(key, .array(try merged(items, list, by: keys[key] ?? "", field: key)))
            case (_, .object): result.set(key, try merged(value ?? .object([]), change))
            case (nil, .array(let list)) where keys[key] != nil:
                result.set(key, .array(try merged([], list, by: keys[key] ?? "", field: key)))
            default: result.set(key, change)
            }
        }
        return result
    }

    private static func merged(
        _ items: [Value], _ changes: [Value], by key: String, field: String
    ) throws(ObjectPatch.Problem) -> [Value] {
        let isReplaced = changes.contains { $0.member("$patch") == .string("replace") }
        var result = isReplaced ? [] : items
        for change in changes where change.member("$patch") != .string("replace") {
            guard let name = change.member(key) else {
                throw .init(
                    "\(field): map: \(change.jsonText(pretty: false)) does not contain declared merge key: \(key)")
            }
            let index = result.firstIndex { $0.member(key) == name }
            if try directive(of: change) == "delete" {
                if let index { result.remove(at: index) }
            } else if let index {
                result[index] = try merged(result[index], change)
            } else {
                result.append(try merged(.object([]), change))
            }
        }
        return result
    }

    private static func directive(of patch: Value) throws(ObjectPatch.Problem) -> String? {
        guard let directive = patch.member("$patch") else { return nil }
        guard case .string(let word) = directive, ["delete", "replace", "merge"].contains(word) else {
            throw .init("unknown patch type: \(directive.jsonText(pretty: false))")
        }
        return word
    }
}
