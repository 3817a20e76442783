/// core/v1 Toleration.
package struct Toleration: Codable, Sendable, Equatable {
    package var key: String
    package var `operator`: String
    package var value: String
    package var effect: String
    package var tolerationSeconds: Int64?

    package init(
        key: String = "", `operator`: String = "", value: String = "", effect: String = "",
        tolerationSeconds: Int64? = nil
    ) {
        self.key = key
        self.operator = `operator`
        self.value = value
        self.effect = effect
        self.tolerationSeconds = tolerationSeconds
    }
}

/// core/v1 TopologySpreadConstraint.
package struct TopologySpreadConstraint: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var maxSkew: Int32
    package var topologyKey: String
    package var whenUnsatisfiable: String
    package var labelSelector: LabelSelector?
    package var minDomains: Int32?
    package var nodeAffinityPolicy: String?
    package var nodeTaintsPolicy: String?
    package var matchLabelKeys: [String]

    package static var keptWhenEmpty: [String] { ["maxSkew", "topologyKey", "whenUnsatisfiable"] }

    package init(
        maxSkew: Int32 = 0, topologyKey: String = "", whenUnsatisfiable: String = "",
        labelSelector: LabelSelector? = nil, minDomains: Int32? = nil, nodeAffinityPolicy: String? = nil,
        nodeTaintsPolicy: String? = nil, matchLabelKeys: [String] = []
    ) {
        self.maxSkew = maxSkew
        self.topologyKey = topologyKey
        self.whenUnsatisfiable = whenUnsatisfiable
        self.labelSelector = labelSelector
        self.minDomains = minDomains
        self.nodeAffinityPolicy = nodeAffinityPolicy
        self.nodeTaintsPolicy = nodeTaintsPolicy
        self.matchLabelKeys = matchLabelKeys
    }
}

/// core/v1 Affinity.
package struct Affinity: Codable, Sendable, Equatable {
    package var nodeAffinity: NodeAffinity?
    package var podAffinity: PodAffinity?
    package var podAntiAffinity: PodAntiAffinity?

    package init(
        nodeAffinity: NodeAffinity? = nil, podAffinity: PodAffinity? = nil, podAntiAffinity: PodAntiAffinity? = nil
    ) {
        self.nodeAffinity = nodeAffinity
        self.podAffinity = podAffinity
        self.podAntiAffinity = podAntiAffinity
    }
}

/// core/v1 NodeAffinity.
package struct NodeAffinity: Codable, Sendable, Equatable {
    package var requiredDuringSchedulingIgnoredDuringExecution: NodeSelector?
    package var preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm]

    package init(
        requiredDuringSchedulingIgnoredDuringExecution: NodeSelector? = nil,
        preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm] = []
    ) {
        self.requiredDuringSchedulingIgnoredDuringExecution = requiredDuringSchedulingIgnoredDuringExecution
        self.preferredDuringSchedulingIgnoredDuringExecution = preferredDuringSchedulingIgnoredDuringExecution
    }
}

/// core/v1 NodeSelector.
package struct NodeSelector: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var nodeSelectorTerms: [NodeSelectorTerm]

    package static var keptWhenEmpty: [String] { ["nodeSelectorTerms"] }

    package init(nodeSelectorTerms: [NodeSelectorTerm] = []) {
        self.nodeSelectorTerms = nodeSelectorTerms
    }
}

/// core/v1 NodeSelectorTerm.
package struct NodeSelectorTerm: Codable, Sendable, Equatable {
    package var matchExpressions: [NodeSelectorRequirement]
    package var matchFields: [NodeSelectorRequirement]

    package init(matchExpressions: [NodeSelectorRequirement] = [], matchFields: [NodeSelectorRequirement] = []) {
        self.matchExpressions = matchExpressions
        self.matchFields = matchFields
    }
}

/// core/v1 NodeSelectorRequirement.
package struct NodeSelectorRequirement: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var key: String
    package var `operator`: String
    package var values: [String]

    package static var keptWhenEmpty: [String] { ["key", "operator"] }

    package init(key: String = "", `operator`: String = "", values: [String] = []) {
        self.key = key
        self.operator = `operator`
        self.values = values
    }
}

/// core/v1 PreferredSchedulingTerm.
package struct PreferredSchedulingTerm: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var weight: Int32
    package var preference: NodeSelectorTerm

    package static var keptWhenEmpty: [String] { ["weight", "preference"] }

    package init(weight: Int32 = 0, preference: NodeSelectorTerm = NodeSelectorTerm()) {
        self.weight = weight
        self.preference = preference
    }
}

/// core/v1 PodAffinity.
package struct PodAffinity: Codable, Sendable, Equatable {
    package var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]
    package var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm]

    package init(
        requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] = [],
        preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] = []
    ) {
        self.requiredDuringSchedulingIgnoredDuringExecution = requiredDuringSchedulingIgnoredDuringExecution
        self.preferredDuringSchedulingIgnoredDuringExecution = preferredDuringSchedulingIgnoredDuringExecution
    }
}

/// core/v1 PodAntiAffinity.
package struct PodAntiAffinity: Codable, Sendable, Equatable {
    package var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]
    package var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm]

    package init(
        requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] = [],
        preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] = []
    ) {
        self.requiredDuringSchedulingIgnoredDuringExecution = requiredDuringSchedulingIgnoredDuringExecution
        self.preferredDuringSchedulingIgnoredDuringExecution = preferredDuringSchedulingIgnoredDuringExecution
    }
}

/// core/v1 WeightedPodAffinityTerm.
package struct WeightedPodAffinityTerm: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var weight: Int32
    package var podAffinityTerm: PodAffinityTerm

    package static var keptWhenEmpty: [String] { ["weight", "podAffinityTerm"] }

    package init(weight: Int32 = 0, podAffinityTerm: PodAffinityTerm = PodAffinityTerm()) {
        self.weight = weight
        self.podAffinityTerm = podAffinityTerm
    }
}

/// core/v1 PodAffinityTerm.
package struct PodAffinityTerm: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var labelSelector: LabelSelector?
    package var namespaces: [String]
    package var topologyKey: String
    package var namespaceSelector: LabelSelector?
    package var matchLabelKeys: [String]
    package var mismatchLabelKeys: [String]

    package static var keptWhenEmpty: [String] { ["topologyKey"] }

    package init(
        labelSelector: LabelSelector? = nil, namespaces: [String] = [], topologyKey: String = "",
        namespaceSelector: LabelSelector? = nil, matchLabelKeys: [String] = [], mismatchLabelKeys: [String] = []
    ) {
        self.labelSelector = labelSelector
        self.namespaces = namespaces
        self.topologyKey = topologyKey
        self.namespaceSelector = namespaceSelector
        self.matchLabelKeys = matchLabelKeys
        self.mismatchLabelKeys = mismatchLabelKeys
    }
}
