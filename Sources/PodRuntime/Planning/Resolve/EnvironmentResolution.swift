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
        for source in container.envFrom { try setAll(of: source) }
        for variable in container.env {
            guard let value = try value(of: variable) else { continue }
            try setPodVariable(variable.name, value, origin: "env")
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

    private mutating func setPodVariable(_ name: String, _ value: String, origin: String) throws(ResolveError) {
        podValues[name] = value
        try checkVariable(name: name, value: value, origin: origin)
        set(name, value)
    }

    /// envFrom: every key becomes a variable, in the keys' order.
    private mutating func setAll(of source: EnvFromSource) throws(ResolveError) {
        var values: [String: String] = [:]
        let origin: String
        if let reference = source.configMapRef {
            let configMap = try configuration.configMap(reference.name, isOptional: reference.optional)
            values = configMap?.data ?? [:]
            origin = "configmap \(reference.name)"
        } else if let reference = source.secretRef {
            let secret = try configuration.secret(reference.name, isOptional: reference.optional)
            for (key, value) in secret?.data ?? [:] { values[key] = try text(value, in: reference.name) }
            origin = "secret \(reference.name)"
        } else {
            return
        }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            try setPodVariable(source.prefix + key, value, origin: origin)
        }
    }

    /// nil when the variable is not to be set: an optional reference leads nowhere.
    private func value(of variable: EnvVar) throws(ResolveError) -> String? {
        guard let source = variable.valueFrom else {
            return expandVariables(in: variable.value) { podValues[$0] }
        }
        let downward = DownwardAPI(pod: pod, node: node, podIP: podIP)
        if let field = source.fieldRef { return try downward.value(ofField: field.fieldPath) }
        if let resource = source.resourceFieldRef { return try downward.value(of: resource, in: container) }
        if let selector = source.configMapKeyRef {
            let configMap = try configuration.configMap(selector.name, isOptional: selector.optional)
            return try configMap.flatMap { configMap throws(ResolveError) in
                try value(
                    configMap.data[selector.key], of: selector.key, in: "ConfigMap", selector.name, selector.optional)
            }
        }
        if let selector = source.secretKeyRef {
            let secret = try configuration.secret(selector.name, isOptional: selector.optional)
            return try secret.flatMap { secret throws(ResolveError) in
                let found = try secret.data[selector.key].map { found throws(ResolveError) in
                    try text(found, in: selector.name)
                }
                return try value(found, of: selector.key, in: "Secret", selector.name, selector.optional)
            }
        }
        if let selector = source.fileKeyRef { return try value(of: selector) }
        throw ResolveError(
            .createContainerConfigError, "environment variable \(quoted(variable.name)): its source is not supported")
    }

    /// Bytes of a key and of a value in an environment file (the kubelet's limits of the beta).
    private static let longestFileKey = 128
    private static let longestFileValue = 32 << 10

    private func value(of selector: FileKeySelector) throws(ResolveError) -> String? {
        let isOptional = selector.optional == true
        if selector.key.utf8.count > Self.longestFileKey {
            throw ResolveError(
                .createContainerConfigError,
                "environment variable key \(quoted(selector.key)) exceeds maximum length of \(Self.longestFileKey) characters"
            )
        }
        guard let text = configuration.files[selector.fileKey] else {
            if isOptional { return nil }
            throw ResolveError(.createContainerConfigError, "couldn't parse env file")
        }
        let found: String?
        do throws(EnvironmentFile.Problem) {
            found = try EnvironmentFile(text).value(of: selector.key)
        } catch {
            throw ResolveError(
                .createContainerConfigError,
                "couldn't parse env file \(quoted(selector.path)): line \(error.line): \(error.reason)")
        }
        guard let found else {
            if isOptional { return nil }
            throw ResolveError(
                .createContainerConfigError,
                "environment variable key \(quoted(selector.key)) not found in file \(quoted(selector.path))")
        }
        if found.utf8.count > Self.longestFileValue {
            throw ResolveError(
                .createContainerConfigError,
                "environment variable value for key \(quoted(selector.key)) exceeds maximum size of 32KB")
        }
        return found
    }

    /// A kubelet can't pass other bytes to its runtime either.
    private func text(_ value: Base64Bytes, in secret: String) throws(ResolveError) -> String {
        if let text = String(validating: value.bytes, as: UTF8.self) { return text }
        throw ResolveError(
            .createContainerError,
            "secret \(quoted(secret)): a value that is not UTF-8 can't be an environment variable")
    }

    /// The kubelet's answer to a key that is not there.
    private func value(
        _ found: String?, of key: String, in kind: String, _ name: String, _ isOptional: Bool?
    ) throws(ResolveError) -> String? {
        if found == nil, isOptional != true {
            throw ResolveError(
                .createContainerConfigError, "couldn't find key \(key) in \(kind) \(pod.metadata.namespace)/\(name)")
        }
        return found
    }
}
