import PodModel

/// A container's environment in the kubelet's and the runtime's order: TERM, HOSTNAME, the image's, envFrom, env;
/// the last of several settings wins and keeps the place of the first.
struct EnvironmentResolution {
    /// What a container gets for PATH when neither image nor pod say.
    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    let container: Container
    let pod: Pod
    let image: ImageFacts
    let node: NodeFacts
    let podIP: String?
    let home: String
    let configuration: PodConfiguration

    private var variables: [EnvironmentVariable] = []
    private var places: [String: Int] = [:]
    /// What `$(VAR)` in the pod sees: only what the pod itself set so far, not the image's variables.
    private var podValues: [String: String] = [:]

    init(
        container: Container, pod: Pod, image: ImageFacts, node: NodeFacts, podIP: String?, home: String,
        configuration: PodConfiguration
    ) {
        self.container = container
        self.pod = pod
        self.image = image
        self.node = node
        self.podIP = podIP
        self.home = home
        self.configuration = configuration
    }

    struct Result {
        var environment: [EnvironmentVariable]
        var podValues: [String: String]
    }

    mutating func resolve() throws(ResolveError) -> Result {
        if container.tty { set("TERM", "xterm") }
        set("HOSTNAME", pod.resolvedHostName(on: node))
        for entry in image.config.config.env { try setImageVariable(entry) }
        if let source = container.envFrom.first {
            let name = source.configMapRef?.name ?? source.secretRef?.name ?? ""
            throw ResolveError(
                .createContainerConfigError, "envFrom \(quoted(name)): ConfigMaps and Secrets are not supported yet")
        }
        for variable in container.env {
            let value = try value(of: variable)
            podValues[variable.name] = value
            try checkVariable(name: variable.name, value: value, origin: "env")
            set(variable.name, value)
        }
        if places["PATH"] == nil { set("PATH", EnvironmentResolution.defaultPath) }
        if (places["HOME"].map { variables[$0].value } ?? "").isEmpty { set("HOME", home) }
        return Result(environment: variables, podValues: podValues)
    }

    private mutating func set(_ name: String, _ value: String) {
        if let place = places[name] {
            variables[place].value = value
        } else {
            places[name] = variables.count
            variables.append(EnvironmentVariable(name, value))
        }
    }

    private mutating func setImageVariable(_ entry: String) throws(ResolveError) {
        guard let equals = entry.firstIndex(of: "=") else {
            throw ResolveError(
                .runContainerError, "invalid environment variable \(quoted(entry)) of the image: no \"=\" in it")
        }
        let name = String(entry[..<equals])
        let value = String(entry[entry.index(after: equals)...])
        try checkVariable(name: name, value: value, origin: "image")
        set(name, value)
    }

    private func checkVariable(name: String, value: String, origin: String) throws(ResolveError) {
        let reason: String
        if name.isEmpty {
            reason = "its name is empty"
        } else if name.contains("=") {
            reason = "its name holds a \"=\""
        } else if name.utf8.contains(0) || value.utf8.contains(0) {
            reason = "it holds a NUL byte"
        } else {
            return
        }
        // The value may be a secret: only the name is shown.
        throw ResolveError(.runContainerError, "invalid environment variable \(quoted(name)) (\(origin)): \(reason)")
    }

    private func value(of variable: EnvVar) throws(ResolveError) -> String {
        guard let source = variable.valueFrom else {
            return expandVariables(in: variable.value) { podValues[$0] }
        }
        if let field = source.fieldRef { return try value(ofField: field.fieldPath) }
        if let resource = source.resourceFieldRef { return try value(of: resource) }
        throw ResolveError(
            .createContainerConfigError,
            "environment variable \(quoted(variable.name)): ConfigMaps and Secrets are not supported yet")
    }

    private func value(ofField path: String) throws(ResolveError) -> String {
        switch path {
        case "metadata.name": return pod.metadata.name
        case "metadata.namespace": return pod.metadata.namespace
        case "metadata.uid": return pod.metadata.uid
        case "spec.nodeName": return pod.spec.nodeName.isEmpty ? node.hostName : pod.spec.nodeName
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.hostIP", "status.hostIPs": return node.hostIP
        case "status.podIP", "status.podIPs": return podIP ?? ""
        default: break
        }
        for (prefix, values) in [
            ("metadata.labels['", pod.metadata.labels), ("metadata.annotations['", pod.metadata.annotations),
        ] where path.hasPrefix(prefix) && path.hasSuffix("']") {
            return values[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
        }
        throw ResolveError(.createContainerConfigError, "unsupported fieldPath: \(path)")
    }

    private func value(of selector: ResourceFieldSelector) throws(ResolveError) -> String {
        var subject = container
        if !selector.containerName.isEmpty, selector.containerName != container.name {
            guard
                let other = (pod.spec.containers + pod.spec.initContainers).first(where: {
                    $0.name == selector.containerName
                })
            else {
                throw ResolveError(
                    .createContainerConfigError, "container \(selector.containerName) not found")
            }
            subject = other
        }
        let parts = selector.resource.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else {
            throw ResolveError(.createContainerConfigError, "unsupported container resource : \(selector.resource)")
        }
        let resource = String(parts[1])
        let quantity =
            parts[0] == "limits" ? subject.resources.limits[resource] : subject.resources.requests[resource]
        let isCPU = resource == "cpu"
        var amount = quantity.map { isCPU ? $0.milliValue : $0.value } ?? 0
        // Without a limit all of the node is the limit.
        if amount == 0, parts[0] == "limits" {
            if isCPU { amount = Int64(node.cpuCount) * 1000 }
            if resource == "memory" { amount = node.memoryBytes }
        }
        let unit = selector.divisor.map { isCPU ? $0.milliValue : $0.value } ?? 0
        let divisor = unit > 0 ? unit : (isCPU ? 1000 : 1)
        return String(amount / divisor + (amount % divisor > 0 ? 1 : 0))
    }
}
