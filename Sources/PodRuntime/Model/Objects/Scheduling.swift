/// A taint that is tolerated.
package struct Toleration: Codable, Sendable, Equatable {
    package var key = ""
    package var `operator` = ""
    package var value = ""
    package var effect = ""
    package var tolerationSeconds: Int64? = nil

    package init() {}
}

/// One expression of a selector.
package struct LabelSelectorRequirement: Codable, Sendable, Equatable {
    package var key = ""
    package var `operator` = ""
    package var values: [String] = []

    package init(key: String = "", `operator`: String = "", values: [String] = []) {
        self.key = key
        self.`operator` = `operator`
        self.values = values
    }
}

/// Selects objects by labels.
package struct LabelSelector: Codable, Sendable, Equatable {
    package var matchLabels: [String: String] = [:]
    package var matchExpressions: [LabelSelectorRequirement] = []

    package init(matchLabels: [String: String] = [:], matchExpressions: [LabelSelectorRequirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }
}

/// Expressions that all hold.
package struct NodeSelectorTerm: Codable, Sendable, Equatable {
    package var matchExpressions: [LabelSelectorRequirement] = []
    package var matchFields: [LabelSelectorRequirement] = []

    package init(matchExpressions: [LabelSelectorRequirement] = [], matchFields: [LabelSelectorRequirement] = []) {
        self.matchExpressions = matchExpressions
        self.matchFields = matchFields
    }
}

/// Terms of which one holds.
package struct NodeSelector: Codable, Sendable, Equatable {
    package var nodeSelectorTerms: [NodeSelectorTerm] = []

    package init(nodeSelectorTerms: [NodeSelectorTerm] = []) {
        self.nodeSelectorTerms = nodeSelectorTerms
    }
}

/// A weighted term.
package struct PreferredSchedulingTerm: Codable, Sendable, Equatable {
    package var weight: Int32 = 0
    package var preference = NodeSelectorTerm()

    package init(weight: Int32 = 0, preference: NodeSelectorTerm = NodeSelectorTerm()) {
        self.weight = weight
        self.preference = preference
    }
}

/// Which nodes.
package struct NodeAffinity: Codable, Sendable, Equatable {
    package var requiredDuringSchedulingIgnoredDuringExecution: NodeSelector? = nil
    package var preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm] = []

    package init(
        requiredDuringSchedulingIgnoredDuringExecution: NodeSelector? = nil, preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm] = []
    ) {
        self.requiredDuringSchedulingIgnoredDuringExecution = requiredDuringSchedulingIgnoredDuringExecution
        self.preferredDuringSchedulingIgnoredDuringExecution = preferredDuringSchedulingIgnoredDuringExecution
    }
}

/// Near which pods.
package struct PodAffinityTerm: Codable, Sendable, Equatable {
    package var labelSelector: LabelSelector? = nil
    package var namespaces: [String] = []
    package var topologyKey = ""
    package var namespaceSelector: LabelSelector? = nil
    package var matchLabelKeys: [String] = []
    package var mismatchLabelKeys: [String] = []

    package init() {}
}

/// A weighted term.
package struct WeightedPodAffinityTerm: Codable, Sendable, Equatable {
    package var weight: Int32 = 0
    package var podAffinityTerm = PodAffinityTerm()

    package init(weight: Int32 = 0, podAffinityTerm: PodAffinityTerm = PodAffinityTerm()) {
        self.weight = weight
        self.podAffinityTerm = podAffinityTerm
    }
}

/// Near pods, or (as antiaffinity) away from them.
package struct PodAffinity: Codable, Sendable, Equatable {
    package var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] = []
    package var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] = []

    package init(
        requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm] = [], preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm] = []
    ) {
        self.requiredDuringSchedulingIgnoredDuringExecution = requiredDuringSchedulingIgnoredDuringExecution
        self.preferredDuringSchedulingIgnoredDuringExecution = preferredDuringSchedulingIgnoredDuringExecution
    }
}

/// Scheduling wishes; one host has nothing to choose.
package struct Affinity: Codable, Sendable, Equatable {
    package var nodeAffinity: NodeAffinity? = nil
    package var podAffinity: PodAffinity? = nil
    package var podAntiAffinity: PodAffinity? = nil

    package init(
        nodeAffinity: NodeAffinity? = nil, podAffinity: PodAffinity? = nil, podAntiAffinity: PodAffinity? = nil
    ) {
        self.nodeAffinity = nodeAffinity
        self.podAffinity = podAffinity
        self.podAntiAffinity = podAntiAffinity
    }
}

/// How pods spread.
package struct TopologySpreadConstraint: Codable, Sendable, Equatable {
    package var maxSkew: Int32 = 0
    package var topologyKey = ""
    package var whenUnsatisfiable = ""
    package var labelSelector: LabelSelector? = nil
    package var minDomains: Int32? = nil
    package var nodeAffinityPolicy: String? = nil
    package var nodeTaintsPolicy: String? = nil
    package var matchLabelKeys: [String] = []

    package init() {}
}
