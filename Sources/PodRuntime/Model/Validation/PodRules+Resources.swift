extension PodRules {
    private static let containerResources: Set<String> = ["cpu", "memory", "ephemeral-storage"]
    private static let standardResources: Set<String> = [
        "cpu", "memory", "ephemeral-storage", "storage", "requests.cpu", "requests.memory", "requests.storage",
        "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods",
        "resourcequotas",
        "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports",
        "services.loadbalancers",
    ]

    /// - Parameter isPodLevel: of the pod as a whole, not of a container.
    mutating func check(_ resources: ResourceRequirements, _ path: FieldPath, isPodLevel: Bool = false) {
        for (name, limit) in resources.limits.sorted(by: { $0.key < $1.key }) {
            check(name, limit, (path / "limits").key(name), isPodLevel: isPodLevel)
        }
        for (name, request) in resources.requests.sorted(by: { $0.key < $1.key }) {
            check(name, request, (path / "requests").key(name), isPodLevel: isPodLevel)
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
        if isPodLevel {
            if !resources.claims.isEmpty {
                forbidden(path / "claims", "claims may not be set for Resources at pod-level")
            }
            return checkConsistency(resources, path)
        }
        let known = spec.resourceClaims.map(\.name)
        for (index, claim) in resources.claims.enumerated() where !known.contains(claim.name) {
            notFound(
                (path / "claims")[index], claim.name,
                known.isEmpty
                    ? "must be one of the names in pod.spec.resourceClaims which is empty"
                    : "must be one of the names in pod.spec.resourceClaims")
        }
    }

    /// The pod's requests cover what its containers request together, and no container's limit is above the pod's
    /// (validatePodResourceConsistency).
    private mutating func checkConsistency(_ whole: ResourceRequirements, _ path: FieldPath) {
        func checkSum(_ field: String, _ own: [String: Quantity], _ sums: [String: Quantity]) {
            for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
                guard let quantity = own[name], sum > quantity else { continue }
                invalid(
                    (path / field).key(name), quantity.text,
                    ["must be greater than or equal to aggregate container \(field) of \(sum.text)"])
            }
        }
        checkSum("requests", whole.requests, spec.aggregate(\.resources.requests))
        checkSum("limits", whole.limits, spec.aggregate(\.resources.limits).filter(\.key.isHugePages))
        for (index, container) in spec.containers.enumerated() {
            for (name, limit) in container.resources.limits.sorted(by: { $0.key < $1.key }) {
                guard let most = whole.limits[name], limit > most else { continue }
                // Kubernetes, too, names the place so.
                invalid(
                    (path / "containers")[index].key(name) / "limits", limit.text,
                    ["must be less than or equal to pod limits of \(most.text)"])
            }
        }
    }

    private mutating func check(_ name: String, _ quantity: Quantity, _ path: FieldPath, isPodLevel: Bool) {
        let problems = NameRules.qualifiedName(name)
        invalid(path, name, problems)
        if isPodLevel, problems.isEmpty {
            if !name.contains("/"), !Self.standardResources.contains(name), !name.isHugePages {
                invalid(path, name, ["must be a standard resource type or fully qualified"])
            } else if !name.isPodLevelResource {
                oneOf(path, name, ["cpu", "hugepages-", "memory"])
            }
        } else if !name.contains("/") {
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
