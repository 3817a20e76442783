/// What a scheduler would read: nothing of it has an effect on one host, but a mistake in it is one everywhere.
extension PodRules {
    mutating func checkScheduling(_ path: FieldPath) {
        if let affinity = spec.affinity { check(affinity, path / "affinity") }
        var gates: Set<String> = []
        for (index, gate) in spec.schedulingGates.enumerated() {
            let path = (path / "schedulingGates")[index]
            invalid(path, gate.name, NameRules.qualifiedName(gate.name))
            if !gates.insert(gate.name).inserted { duplicate(path, gate.name) }
        }
        if !spec.schedulingGates.isEmpty, !spec.nodeName.isEmpty {
            forbidden(path / "nodeName", "cannot be set until all schedulingGates have been cleared")
        }
        for (index, constraint) in spec.topologySpreadConstraints.enumerated() {
            check(
                constraint, (path / "topologySpreadConstraints")[index],
                before: spec.topologySpreadConstraints[(index + 1)...])
        }
        for (index, toleration) in spec.tolerations.enumerated() { check(toleration, (path / "tolerations")[index]) }
    }

    // MARK: - Affinity

    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    private mutating func check(_ affinity: Affinity, _ path: FieldPath) {
        if let node = affinity.nodeAffinity { check(node, path / "nodeAffinity") }
        if let pods = affinity.podAffinity {
            check(
                pods.requiredDuringSchedulingIgnoredDuringExecution,
                pods.preferredDuringSchedulingIgnoredDuringExecution, path / "podAffinity")
        }
        if let pods = affinity.podAntiAffinity {
            check(
                pods.requiredDuringSchedulingIgnoredDuringExecution,
                pods.preferredDuringSchedulingIgnoredDuringExecution, path / "podAntiAffinity")
        }
    }

    private mutating func check(_ affinity: NodeAffinity, _ path: FieldPath) {
        if let selector = affinity.requiredDuringSchedulingIgnoredDuringExecution {
            let path = path / Self.required / "nodeSelectorTerms"
            if selector.nodeSelectorTerms.isEmpty { required(path, "must have at least one node selector term") }
            for (index, term) in selector.nodeSelectorTerms.enumerated() {
                check(term, path[index], checksValues: true)
            }
        }
        for (index, term) in affinity.preferredDuringSchedulingIgnoredDuringExecution.enumerated() {
            let path = (path / Self.preferred)[index]
            check(weight: term.weight, path / "weight")
            check(term.preference, path / "preference", checksValues: false)
        }
    }

    private mutating func check(weight: Int32, _ path: FieldPath) {
        if !(1...100).contains(weight) { invalid(path, weight, ["must be in the range 1-100"]) }
    }

    /// - Parameter checksValues: Kubernetes takes any value in what is only preferred.
    private mutating func check(_ term: NodeSelectorTerm, _ path: FieldPath, checksValues: Bool) {
        for (index, requirement) in term.matchExpressions.enumerated() {
            let path = (path / "matchExpressions")[index]
            switch requirement.operator {
            case "Gt", "Lt":
                if requirement.values.count != 1 {
                    required(path / "values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
                }
            default: check(operator: requirement.operator, of: requirement.values, path)
            }
            invalid(path / "key", requirement.key, NameRules.qualifiedName(requirement.key))
            if checksValues { check(values: requirement.values, path / "values") }
        }
        for (index, requirement) in term.matchFields.enumerated() {
            let path = (path / "matchFields")[index]
            if !["In", "NotIn"].contains(requirement.operator) {
                invalid(path / "operator", requirement.operator, ["not a valid selector operator"])
            } else if requirement.values.count != 1 {
                required(
                    path / "values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
                )
            }
            guard requirement.key == "metadata.name" else {
                invalid(path / "key", requirement.key, ["not a valid field selector key"])
                continue
            }
            for (number, value) in requirement.values.enumerated() {
                invalid((path / "values")[number], value, NameRules.dns1123Subdomain(value))
            }
        }
    }

    private mutating func check(
        _ terms: [PodAffinityTerm], _ weighted: [WeightedPodAffinityTerm], _ path: FieldPath
    ) {
        for (index, term) in terms.enumerated() { check(term, (path / Self.required)[index]) }
        for (index, term) in weighted.enumerated() {
            let path = (path / Self.preferred)[index]
            check(weight: term.weight, path / "weight")
            check(term.podAffinityTerm, path / "podAffinityTerm")
        }
    }

    private mutating func check(_ term: PodAffinityTerm, _ path: FieldPath) {
        check(term.labelSelector, path / "labelSelector")
        check(term.namespaceSelector, path / "namespaceSelector")
        for name in term.namespaces {
            // Kubernetes gives this path.
            invalid(path / "namespace", name, NameRules.dns1123Label(name))
        }
        check(labelKeys: term.matchLabelKeys, of: term.labelSelector, path / "matchLabelKeys")
        check(labelKeys: term.mismatchLabelKeys, of: term.labelSelector, path / "mismatchLabelKeys")
        for (index, key) in term.matchLabelKeys.enumerated() where term.mismatchLabelKeys.contains(key) {
            invalid(
                (path / "matchLabelKeys")[index], key, ["exists in both matchLabelKeys and mismatchLabelKeys"])
        }
        if term.topologyKey.isEmpty { required(path / "topologyKey", "can not be empty") }
        invalid(path / "topologyKey", term.topologyKey, NameRules.qualifiedName(term.topologyKey))
    }

    private mutating func check(labelKeys keys: [String], of selector: LabelSelector?, _ path: FieldPath) {
        if keys.isEmpty { return }
        guard selector != nil else {
            return forbidden(path, "must not be specified when labelSelector is not set")
        }
        for (index, key) in keys.enumerated() { invalid(path[index], key, NameRules.qualifiedName(key)) }
    }

    // MARK: - Label selectors

    private mutating func check(_ selector: LabelSelector?, _ path: FieldPath) {
        guard let selector else { return }
        errors += MetadataRules.errors(ofLabels: selector.matchLabels, path / "matchLabels")
        for (index, requirement) in selector.matchExpressions.enumerated() {
            let path = (path / "matchExpressions")[index]
            check(operator: requirement.operator, of: requirement.values, path)
            invalid(path / "key", requirement.key, NameRules.qualifiedName(requirement.key))
            check(values: requirement.values, path / "values")
        }
    }

    private mutating func check(operator: String, of values: [String], _ path: FieldPath) {
        switch `operator` {
        case "In", "NotIn":
            if values.isEmpty { required(path / "values", "must be specified when `operator` is 'In' or 'NotIn'") }
        case "Exists", "DoesNotExist":
            if !values.isEmpty {
                forbidden(path / "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
            }
        default: invalid(path / "operator", `operator`, ["not a valid selector operator"])
        }
    }

    private mutating func check(values: [String], _ path: FieldPath) {
        for (index, value) in values.enumerated() { invalid(path[index], value, NameRules.labelValue(value)) }
    }

    // MARK: - Topology spread

    private mutating func check(
        _ constraint: TopologySpreadConstraint, _ path: FieldPath, before others: ArraySlice<TopologySpreadConstraint>
    ) {
        let action = constraint.whenUnsatisfiable
        if constraint.maxSkew <= 0 { invalid(path / "maxSkew", constraint.maxSkew, ["must be greater than 0"]) }
        if constraint.topologyKey.isEmpty { required(path / "topologyKey", "can not be empty") }
        oneOf(path / "whenUnsatisfiable", action, ["DoNotSchedule", "ScheduleAnyway"])
        if others.contains(where: { $0.topologyKey == constraint.topologyKey && $0.whenUnsatisfiable == action }) {
            duplicate(path / "{topologyKey, whenUnsatisfiable}", "{\(constraint.topologyKey), \(action)}")
        }
        if let domains = constraint.minDomains {
            if domains <= 0 { invalid(path / "minDomains", domains, ["must be greater than 0"]) }
            if action != "DoNotSchedule" {
                invalid(
                    path / "minDomains", domains,
                    ["can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(action)"])
            }
        }
        oneOf(path / "nodeAffinityPolicy", constraint.nodeAffinityPolicy, ["Honor", "Ignore"])
        oneOf(path / "nodeTaintsPolicy", constraint.nodeTaintsPolicy, ["Honor", "Ignore"])
        checkMatchLabelKeys(of: constraint, path / "matchLabelKeys")
        check(constraint.labelSelector, path / "labelSelector")
    }

    private mutating func checkMatchLabelKeys(of constraint: TopologySpreadConstraint, _ path: FieldPath) {
        if constraint.matchLabelKeys.isEmpty { return }
        if constraint.labelSelector == nil {
            forbidden(path, "must not be specified when labelSelector is not set")
        }
        let selected = Set(constraint.labelSelector?.matchLabels.keys.map { $0 } ?? [])
            .union(constraint.labelSelector?.matchExpressions.map(\.key) ?? [])
        for (index, key) in constraint.matchLabelKeys.enumerated() {
            invalid(path[index], key, NameRules.qualifiedName(key))
            if selected.contains(key) {
                invalid(path[index], key, ["exists in both matchLabelKeys and labelSelector"])
            }
        }
    }

    // MARK: - Tolerations

    private mutating func check(_ toleration: Toleration, _ path: FieldPath) {
        if !toleration.key.isEmpty { invalid(path / "key", toleration.key, NameRules.qualifiedName(toleration.key)) }
        if toleration.key.isEmpty && toleration.operator != "Exists" {
            invalid(
                path / "operator", toleration.operator,
                ["operator must be Exists when `key` is empty, which means \"match all values and all keys\""])
        }
        if toleration.tolerationSeconds != nil && toleration.effect != "NoExecute" {
            invalid(
                path / "effect", toleration.effect, ["effect must be 'NoExecute' when `tolerationSeconds` is set"])
        }
        switch toleration.operator {
        case "", "Equal":
            let problems = NameRules.labelValue(toleration.value)
            if !problems.isEmpty {
                invalid(path / "operator", toleration.value, [problems.joined(separator: ";")])
            }
        case "Exists":
            if !toleration.value.isEmpty {
                invalid(path / "operator", toleration.value, ["value must be empty when `operator` is 'Exists'"])
            }
        default: oneOf(path / "operator", toleration.operator, ["Equal", "Exists"])
        }
        if !toleration.effect.isEmpty {
            oneOf(path / "effect", toleration.effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"])
        }
    }
}
