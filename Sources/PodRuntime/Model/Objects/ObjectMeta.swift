/// meta/v1 ObjectMeta: what every object carries besides its kind.
package struct ObjectMeta: Codable, Sendable, Equatable {
    package var name: String
    package var generateName: String
    package var namespace: String
    /// Names one incarnation of the object; chosen by the agent, never taken over by a later pod of the same name.
    package var uid: String
    package var resourceVersion: String
    package var generation: Int64
    package var creationTimestamp: Timestamp?
    /// When the object's grace period ends; nil for as long as nobody deleted it.
    package var deletionTimestamp: Timestamp?
    package var deletionGracePeriodSeconds: Int64?
    package var labels: [String: String]
    package var annotations: [String: String]
    package var ownerReferences: [OwnerReference]
    package var finalizers: [String]
    package var selfLink: String
    package var managedFields: [Value]

    package init(
        name: String = "", generateName: String = "", namespace: String = "", uid: String = "",
        resourceVersion: String = "", generation: Int64 = 0, creationTimestamp: Timestamp? = nil,
        deletionTimestamp: Timestamp? = nil, deletionGracePeriodSeconds: Int64? = nil,
        labels: [String: String] = [:], annotations: [String: String] = [:], ownerReferences: [OwnerReference] = [],
        finalizers: [String] = [], selfLink: String = "", managedFields: [Value] = []
    ) {
        self.name = name
        self.generateName = generateName
        self.namespace = namespace
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.creationTimestamp = creationTimestamp
        self.deletionTimestamp = deletionTimestamp
        self.deletionGracePeriodSeconds = deletionGracePeriodSeconds
        self.labels = labels
        self.annotations = annotations
        self.ownerReferences = ownerReferences
        self.finalizers = finalizers
        self.selfLink = selfLink
        self.managedFields = managedFields
    }
}

/// meta/v1 OwnerReference.
package struct OwnerReference: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    package var controller: Bool?
    package var blockOwnerDeletion: Bool?

    package static var keptWhenEmpty: [String] { ["apiVersion", "kind", "name", "uid"] }

    package init(
        apiVersion: String = "", kind: String = "", name: String = "", uid: String = "", controller: Bool? = nil,
        blockOwnerDeletion: Bool? = nil
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.controller = controller
        self.blockOwnerDeletion = blockOwnerDeletion
    }
}

/// core/v1 ObjectReference.
package struct ObjectReference: Codable, Sendable, Equatable {
    package var kind: String
    package var namespace: String
    package var name: String
    package var uid: String
    package var apiVersion: String
    package var resourceVersion: String
    package var fieldPath: String

    package init(
        kind: String = "", namespace: String = "", name: String = "", uid: String = "", apiVersion: String = "",
        resourceVersion: String = "", fieldPath: String = ""
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.apiVersion = apiVersion
        self.resourceVersion = resourceVersion
        self.fieldPath = fieldPath
    }
}

/// core/v1 LocalObjectReference.
package struct LocalObjectReference: Codable, Sendable, Equatable {
    package var name: String

    package init(name: String = "") {
        self.name = name
    }
}

/// meta/v1 LabelSelector.
package struct LabelSelector: Codable, Sendable, Equatable {
    package var matchLabels: [String: String]
    package var matchExpressions: [LabelSelectorRequirement]

    package init(matchLabels: [String: String] = [:], matchExpressions: [LabelSelectorRequirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }
}

/// meta/v1 LabelSelectorRequirement.
package struct LabelSelectorRequirement: Codable, Sendable, Equatable, KeepsEmptyFields {
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
