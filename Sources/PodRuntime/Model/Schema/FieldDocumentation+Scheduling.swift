extension FieldDocumentation {
    static let scheduling = #"""
        Affinity: Rules for where a scheduler places the pod. Checked, and without effect on one host.
        Affinity.nodeAffinity: By the labels of nodes.
        Affinity.podAffinity: Near other pods.
        Affinity.podAntiAffinity: Away from other pods.
        NodeAffinity: Rules about the labels of nodes.
        NodeAffinity.preferredDuringSchedulingIgnoredDuringExecution: Rules that would be good to keep, with weights.
        NodeAffinity.requiredDuringSchedulingIgnoredDuringExecution: Rules that must be kept.
        NodeSelector: A choice of nodes: those that one of the terms fits.
        NodeSelector.nodeSelectorTerms: The terms.
        NodeSelectorTerm: Requirements that a node must meet, all of them.
        NodeSelectorTerm.matchExpressions: Requirements on labels.
        NodeSelectorTerm.matchFields: Requirements on fields; metadata.name is the only one.
        NodeSelectorRequirement: A requirement on one label or field.
        NodeSelectorRequirement.key: Its key.
        NodeSelectorRequirement.operator {DoesNotExist, Exists, Gt, In, Lt, NotIn}: How the key relates to the values.
        NodeSelectorRequirement.values: The values.
        PreferredSchedulingTerm: A term with a weight.
        PreferredSchedulingTerm.preference: The term.
        PreferredSchedulingTerm.weight: Its weight, 1 to 100.
        PodAffinity: Rules about pods to be near to.
        PodAffinity.preferredDuringSchedulingIgnoredDuringExecution: Rules that would be good to keep, with weights.
        PodAffinity.requiredDuringSchedulingIgnoredDuringExecution: Rules that must be kept.
        PodAntiAffinity: Rules about pods to be away from.
        PodAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution: Rules that would be good to keep, with
         weights.
        PodAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution: Rules that must be kept.
        WeightedPodAffinityTerm: A term with a weight.
        WeightedPodAffinityTerm.podAffinityTerm: The term.
        WeightedPodAffinityTerm.weight: Its weight, 1 to 100.
        PodAffinityTerm: A choice of pods, and what near means.
        PodAffinityTerm.labelSelector: The labels of the pods.
        PodAffinityTerm.matchLabelKeys: Labels that the pods must have in common with this one.
        PodAffinityTerm.mismatchLabelKeys: Labels in which the pods must differ from this one.
        PodAffinityTerm.namespaceSelector: The labels of the namespaces they are in.
        PodAffinityTerm.namespaces: The namespaces they are in.
        PodAffinityTerm.topologyKey: The label of nodes whose equal values mean near.
        TopologySpreadConstraint: How a scheduler would spread pods over nodes. Checked, and without effect.
        TopologySpreadConstraint.labelSelector: The labels of the pods that are counted.
        TopologySpreadConstraint.matchLabelKeys: Labels that the pods must have in common with this one.
        TopologySpreadConstraint.maxSkew: By how many pods two places may differ.
        TopologySpreadConstraint.minDomains: How many places there must be.
        TopologySpreadConstraint.nodeAffinityPolicy {Honor, Ignore}: Whether nodes that the pod can't go to are
         counted.
        TopologySpreadConstraint.nodeTaintsPolicy {Honor, Ignore}: Whether nodes with taints are counted.
        TopologySpreadConstraint.topologyKey: The label of nodes that makes a place.
        TopologySpreadConstraint.whenUnsatisfiable {DoNotSchedule, ScheduleAnyway}: What to do when it can't be kept.
        Toleration: A taint of nodes that the pod puts up with. Checked, and without effect.
        Toleration.effect {NoExecute, NoSchedule, PreferNoSchedule}: The taint's effect; any where not given.
        Toleration.key: The taint's key; any where not given.
        Toleration.operator {Equal, Exists}: Whether the value counts (Equal, the default).
        Toleration.tolerationSeconds: For how long.
        Toleration.value: The taint's value.
        LabelSelector: A choice of objects by their labels, where all requirements are met.
        LabelSelector.matchExpressions: Requirements.
        LabelSelector.matchLabels: Labels that an object must have, with these values.
        LabelSelectorRequirement: A requirement on one label.
        LabelSelectorRequirement.key: The label.
        LabelSelectorRequirement.operator: In, NotIn, Exists or DoesNotExist.
        LabelSelectorRequirement.values: The values.
        """#
}
