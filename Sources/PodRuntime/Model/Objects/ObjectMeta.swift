/// The object that owns another; meta/v1.
package struct OwnerReference: Codable, Sendable, Equatable {
    package var apiVersion = ""
    package var kind = ""
    package var name = ""
    package var uid = ""
    package var controller: Bool? = nil
    package var blockOwnerDeletion: Bool? = nil

    package init() {}
}

/// What every object has; meta/v1.
package struct ObjectMeta: Codable, Sendable, Equatable {
    package var name = ""
    package var generateName = ""
    package var namespace = ""
    package var selfLink = ""
    package var uid = ""
    package var resourceVersion = ""
    package var generation: Int64 = 0
    package var creationTimestamp: Timestamp? = nil
    package var deletionTimestamp: Timestamp? = nil
    package var deletionGracePeriodSeconds: Int64? = nil
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    package var ownerReferences: [OwnerReference] = []
    package var finalizers: [String] = []

    package init() {}
}
