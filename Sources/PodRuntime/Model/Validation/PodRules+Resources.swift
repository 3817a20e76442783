extension PodRules {
    private static let containerResources: Set<String> = ["cpu", "memory", "ephemeral-storage"]
    private static let standardResources: Set<String> = [
        "cpu", "memory", "ephemeral-storage", "storage", "requests.cpu", "requests.memory", "requests.storage",
        "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods",
        "resourcequotas",
        "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports",
        "services.loadbalancers",
    ]

    /// - Parameter claims: whether claims are looked up among the pod's.
    mutating func check(_ resources: ResourceRequirements, _ path: FieldPath, claims: Bool) {
        for (name, limit) in resources.limits.sorted(by: { $0.key < $1.key }) {
            check(name, limit, (path / "limits").key(name))
        }
        for (name, request) in resources.requests.sorted(by: { $0.key < $1.key }) {
            check(name, request, (path / "requests").key(name))
            if let limit = resources.limits[name] {
                if !isOvercommitted(name), request != limit {
                    invalid(path / "requests", request.text, ["must be equal to \(name) limit of \(limit.text)"])
                } else if request > limit {
                    invalid(
                        path / "requests", request.text,
                        ["must be less than or equal to \(name) limit of \(limit.text)"])
                }
            } else if !isOvercommitted(name) {
                required(path / "limits", "Limit must be set for non overcommitable resources")
            }
        }
        let names = Set(resources.limits.keys).union(resources.requests.keys)
        if names.contains(where: \.isHugePages), names.isDisjoint(with: ["cpu", "memory"]) {
            forbidden(path, "HugePages require cpu or memory")
        }
        guard claims else { return }
        let known = spec.resourceClaims.map(\.name)
        for (index, claim) in resources.claims.enumerated() where !known.contains(claim.name) {
            notFound(
                (path / "claims")[index], claim.name,
                known.isEmpty
                    ? "must be one of the names in pod.spec.resourceClaims which is empty"
                    : "must be one of the names in pod.spec.resourceClaims")
        }
    }

    private mutating func check(_ name: String, _ quantity: Quantity, _ path: FieldPath) {
        invalid(path, name, NameRules.qualifiedName(name))
        if !name.contains("/") {
            if !Self.standardResources.contains(name) && !name.isHugePages {
                invalid(path, name, ["must be a standard resource type or fully qualified"])
            }
            if !Self.containerResources.contains(name) && !name.isHugePages {
                invalid(path, name, ["must be a standard resource for containers"])
            }
        }
        if quantity.isNegative { invalid(path, quantity.text, ["must be greater than or equal to 0"]) }
        if isExtended(name) && !quantity.isInteger { invalid(path, quantity.text, ["must be an integer"]) }
        if name.isHugePages, let page = try? Quantity(String(name.dropFirst("hugepages-".count))), !page.isZero,
            quantity.nanos % page.nanos != 0
        {
            invalid(path, quantity.text, ["\(quantity.text) is not positive integer multiple of \(name)"])
        }
    }

    /// Devices and the like: `vendor.com/name`.
    private func isExtended(_ name: String) -> Bool { name.contains("/") && !name.contains("kubernetes.io/") }

    private func isOvercommitted(_ name: String) -> Bool { !isExtended(name) && !name.isHugePages }
}

extension String {
    /// Of a resource: `hugepages-2Mi`.
    package var isHugePages: Bool { hasPrefix("hugepages-") }
}
