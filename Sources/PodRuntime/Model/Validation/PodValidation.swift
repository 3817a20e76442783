/// Checks a defaulted pod by Kubernetes' rules (pkg/apis/core/validation), then by podrun's own.
package enum PodValidation {
    /// Everything that is wrong, in the order of the fields; empty for a pod that can run here.
    ///
    /// podrun's stricter rules and the features it lacks are told only of pods that are right otherwise.
    /// - Parameters:
    ///   - pod: with defaults.
    ///   - mayHaveEphemeralContainers: the pod is there already; a new one can't have any.
    package static func errors(in pod: Pod, mayHaveEphemeralContainers: Bool = false) -> [FieldError] {
        var rules = PodRules(pod: pod)
        rules.checkPod()
        if mayHaveEphemeralContainers {
            rules.checkEphemeralContainers(FieldPath("spec") / "ephemeralContainers")
        } else if !pod.spec.ephemeralContainers.isEmpty {
            rules.forbidden(FieldPath("spec") / "ephemeralContainers", "cannot be set on create")
        }
        if rules.errors.isEmpty {
            rules.checkHostSafety()
            rules.errors += UnsupportedFields.errors(in: pod)
        }
        var seen: Set<String> = []
        return rules.errors.filter { seen.insert($0.text).inserted }
    }
}

/// Walks a pod and collects errors.
struct PodRules {
    let pod: Pod
    var errors: [FieldError] = []
    /// Volumes without errors, the ones that can be mounted.
    var volumes: Set<String> = []
    var hostPorts: Set<String> = []

    var spec: PodSpec { pod.spec }

    init(pod: Pod) { self.pod = pod }

    // MARK: - Errors

    mutating func required(_ path: FieldPath, _ detail: String = "") {
        errors.append(FieldError(path, .required, detail: detail))
    }
    mutating func invalid(_ path: FieldPath, _ value: String, _ problems: [String]) {
        for problem in problems {
            errors.append(FieldError(path, .invalid, value: FieldError.quoted(value), detail: problem))
        }
    }
    mutating func invalid(_ path: FieldPath, _ value: some BinaryInteger, _ problems: [String]) {
        for problem in problems { errors.append(FieldError(path, .invalid, value: "\(value)", detail: problem)) }
    }
    mutating func invalid(_ path: FieldPath, json: String, _ problem: String) {
        errors.append(FieldError(path, .invalid, value: json, detail: problem))
    }
    mutating func duplicate(_ path: FieldPath, _ value: String) {
        errors.append(FieldError(path, .duplicate, value: FieldError.quoted(value)))
    }
    mutating func notFound(_ path: FieldPath, _ value: String, _ detail: String = "") {
        errors.append(FieldError(path, .notFound, value: FieldError.quoted(value), detail: detail))
    }
    mutating func forbidden(_ path: FieldPath, _ detail: String) {
        errors.append(FieldError(path, .forbidden, detail: detail))
    }
    mutating func oneOf(_ path: FieldPath, _ value: String, _ supported: [String]) {
        guard !supported.contains(value) else { return }
        errors.append(
            FieldError(
                path, .unsupported, value: FieldError.quoted(value),
                detail: "supported values: " + supported.map(FieldError.quoted).joined(separator: ", ")))
    }
    mutating func oneOf(_ path: FieldPath, _ value: String?, _ supported: [String]) {
        if let value { oneOf(path, value, supported) }
    }
    mutating func notNegative(_ path: FieldPath, _ value: some BinaryInteger) {
        if value < 0 { invalid(path, value, ["must be greater than or equal to 0"]) }
    }

    // MARK: - Pod

    mutating func checkPod() {
        errors += MetadataRules.errors(in: pod.metadata)
        let path = FieldPath("spec")
        checkVolumes(path / "volumes")
        checkContainers(path)
        checkPolicies(path)
        checkNames(path)
        checkSecurityContext(path / "securityContext")
        checkDNS(path)
        checkHostAliases(path / "hostAliases")
        checkScheduling(path)
        for (index, gate) in spec.readinessGates.enumerated() {
            invalid(
                (path / "readinessGates")[index] / "conditionType", gate.conditionType,
                NameRules.qualifiedName(gate.conditionType))
        }
        if let resources = spec.resources { check(resources, path / "resources", isPodLevel: true) }
        checkUserNamespace(path)
    }

    private mutating func checkPolicies(_ path: FieldPath) {
        if spec.restartPolicy.isEmpty {
            required(path / "restartPolicy")
        } else {
            oneOf(path / "restartPolicy", spec.restartPolicy, ["Always", "OnFailure", "Never"])
        }
        if let seconds = spec.terminationGracePeriodSeconds {
            notNegative(path / "terminationGracePeriodSeconds", seconds)
        }
        if let seconds = spec.activeDeadlineSeconds, !(1...Int64(Int32.max)).contains(seconds) {
            invalid(path / "activeDeadlineSeconds", seconds, ["must be between 1 and 2147483647, inclusive"])
        }
        if let os = spec.os { oneOf(path / "os", os.name, ["linux", "windows"]) }
        oneOf(path / "preemptionPolicy", spec.preemptionPolicy, ["Never", "PreemptLowerPriority"])
        errors += MetadataRules.errors(ofLabels: spec.nodeSelector, path / "nodeSelector")
    }

    private mutating func checkUserNamespace(_ path: FieldPath) {
        guard spec.hostUsers == false else { return }
        // Kubernetes gives these spellings.
        for (field, isShared) in [
            ("hostNetwork", spec.hostNetwork), ("HostPID", spec.hostPID), ("HostIPC", spec.hostIPC),
        ]
        where isShared { forbidden(path / field, "when `pod.Spec.HostUsers` is false") }
    }

    private mutating func checkNames(_ path: FieldPath) {
        let subdomains = [
            ("nodeName", spec.nodeName), ("serviceAccountName", spec.serviceAccountName),
            ("priorityClassName", spec.priorityClassName), ("runtimeClassName", spec.runtimeClassName ?? ""),
        ]
        for (field, name) in subdomains where !name.isEmpty {
            invalid(path / field, name, NameRules.dns1123Subdomain(name))
        }
        for (field, name) in [("hostname", spec.hostname), ("subdomain", spec.subdomain)] where !name.isEmpty {
            invalid(path / field, name, NameRules.dns1123Label(name))
        }
        guard let name = spec.hostnameOverride, !name.isEmpty else { return }
        let field = path / "hostnameOverride"
        invalid(field, name, NameRules.dns1123Subdomain(name))
        // What a uts namespace holds.
        if name.utf8.count > 64 { invalid(field, name, ["must be no more than 64 characters"]) }
        if spec.hostNetwork { forbidden(field, "may not be set when `hostNetwork` is true") }
        if spec.setHostnameAsFQDN == true { forbidden(field, "may not be set when `setHostnameAsFQDN` is true") }
    }

    private mutating func checkDNS(_ path: FieldPath) {
        oneOf(path / "dnsPolicy", spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])
        let path = path / "dnsConfig"
        guard let config = spec.dnsConfig else {
            if spec.dnsPolicy == "None" { required(path, "must provide `dnsConfig` when `dnsPolicy` is None") }
            return
        }
        if spec.dnsPolicy == "None", config.nameservers.isEmpty {
            required(path / "nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
        }
        if config.nameservers.count > 3 {
            invalid(path / "nameservers", json: list(config.nameservers), "must not have more than 3 nameservers")
        }
        for (index, address) in config.nameservers.enumerated() {
            invalid((path / "nameservers")[index], address, NameRules.ipAddress(address))
        }
        if config.searches.count > 32 {
            invalid(path / "searches", json: list(config.searches), "must not have more than 32 search paths")
        }
        if config.searches.joined(separator: " ").utf8.count > 2048 {
            invalid(
                path / "searches", json: list(config.searches),
                "must not have more than 2048 characters (including spaces) in the search list")
        }
        for (index, search) in config.searches.enumerated() where search != "." {
            let name = search.hasSuffix(".") ? String(search.dropLast()) : search
            invalid((path / "searches")[index], search, NameRules.dns1123SubdomainWithUnderscore(name))
        }
        for (index, option) in config.options.enumerated() where option.name.isEmpty {
            required((path / "options")[index], "must not be empty")
        }
    }

    private func list(_ texts: [String]) -> String { "[" + texts.map(FieldError.quoted).joined(separator: ",") + "]" }

    private mutating func checkHostAliases(_ path: FieldPath) {
        for (index, alias) in spec.hostAliases.enumerated() {
            invalid(path[index] / "ip", alias.ip, NameRules.ipAddress(alias.ip))
            for (number, name) in alias.hostnames.enumerated() {
                invalid((path[index] / "hostnames")[number], name, NameRules.dns1123Subdomain(name))
            }
        }
    }
}
