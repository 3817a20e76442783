import PodModel

/// A container's environment in `describe pod`. Secret values are never shown, only where they come from.
struct EnvironmentDescription {
    let container: Container
    let pod: Pod

    func write(to page: inout Page) {
        if !container.envFrom.isEmpty {
            page.line(2, "Environment Variables from:")
            for source in container.envFrom { write(source, to: &page) }
        }
        page.line(2, container.env.isEmpty ? "Environment:\t<none>" : "Environment:")
        for variable in container.env { write(variable, to: &page) }
    }

    private func write(_ source: EnvFromSource, to page: inout Page) {
        let prefix = source.prefix.isEmpty ? "" : " with prefix '\(source.prefix)'"
        if let configMap = source.configMapRef {
            page.line(3, "\(configMap.name)\tConfigMap\(prefix)\tOptional: \(configMap.optional ?? false)")
        } else if let secret = source.secretRef {
            page.line(3, "\(secret.name)\tSecret\(prefix)\tOptional: \(secret.optional ?? false)")
        }
    }

    private func write(_ variable: EnvVar, to page: inout Page) {
        guard let source = variable.valueFrom else {
            let lines = variable.value.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                page.line(3, (index == 0 ? "\(variable.name):" : "") + "\t\(line)")
            }
            return
        }
        if let field = source.fieldRef {
            let value = value(ofField: field.fieldPath)
            page.line(3, "\(variable.name):\t\(value) (\(field.apiVersion):\(field.fieldPath))")
        } else if let resource = source.resourceFieldRef {
            page.line(3, "\(variable.name):\t\(value(ofResource: resource)) (\(resource.resource))")
        } else if let key = source.secretKeyRef {
            page.line(
                3,
                "\(variable.name):\t<set to the key '\(key.key)' in secret '\(key.name)'>"
                    + "\tOptional: \(key.optional ?? false)")
        } else if let key = source.configMapKeyRef {
            page.line(
                3,
                "\(variable.name):\t<set to the key '\(key.key)' of config map '\(key.name)'>"
                    + "\tOptional: \(key.optional ?? false)")
        }
    }

    /// What kubectl resolves itself: fields of the object at hand.
    private func value(ofField path: String) -> String {
        switch path {
        case "metadata.name": return pod.metadata.name
        case "metadata.namespace": return pod.metadata.namespace
        case "metadata.uid": return pod.metadata.uid
        case "spec.nodeName": return pod.spec.nodeName
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.podIP": return pod.status.podIP
        case "status.hostIP": return pod.status.hostIP
        default: break
        }
        for (start, values) in [
            ("metadata.labels['", pod.metadata.labels), ("metadata.annotations['", pod.metadata.annotations),
        ] where path.hasPrefix(start) && path.hasSuffix("']") {
            return values[String(path.dropFirst(start.count).dropLast(2))] ?? ""
        }
        return ""
    }

    private func value(ofResource reference: ResourceFieldSelector) -> String {
        let isLimit = reference.resource.hasPrefix("limits.")
        let name = String(reference.resource.drop { $0 != "." }.dropFirst())
        let list = isLimit ? container.resources.limits : container.resources.requests
        guard let quantity = list[name] else {
            return isLimit && (name == "cpu" || name == "memory") ? "node allocatable" : "0"
        }
        // Rounded up, as the container sees it; a divisor of 0 is the default, 1.
        let isCPU = name == "cpu"
        let amount = isCPU ? quantity.milliValue : quantity.value
        let divisor: Int64 = reference.divisor.map { isCPU ? $0.milliValue : $0.value } ?? 0
        let unit = divisor > 0 ? divisor : isCPU ? 1000 : 1
        return "\(amount / unit + (amount % unit > 0 ? 1 : 0))"
    }
}
