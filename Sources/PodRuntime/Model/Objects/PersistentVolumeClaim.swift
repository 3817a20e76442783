/// core/v1 PersistentVolumeClaim: storage that outlives the pods that use it. What binds one: ``bound()``.
package struct PersistentVolumeClaim: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var kind: String
    package var metadata: ObjectMeta
    package var spec: PersistentVolumeClaimSpec
    package var status: PersistentVolumeClaimStatus

    package static var keptWhenEmpty: [String] { ["metadata"] }

    package init(
        apiVersion: String = "v1", kind: String = "PersistentVolumeClaim", metadata: ObjectMeta = ObjectMeta(),
        spec: PersistentVolumeClaimSpec = PersistentVolumeClaimSpec(),
        status: PersistentVolumeClaimStatus = PersistentVolumeClaimStatus()
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }
}

/// core/v1 PersistentVolumeClaimSpec.
package struct PersistentVolumeClaimSpec: Codable, Sendable, Equatable {
    /// ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.
    package var accessModes: [String]
    package var selector: LabelSelector?
    package var resources: VolumeResourceRequirements
    /// The volume the claim is bound to; written by the binding.
    package var volumeName: String
    /// nil: the default class. "": no class, so a volume somebody made by hand.
    package var storageClassName: String?
    /// Filesystem or Block.
    package var volumeMode: String?
    package var dataSource: Value?
    package var dataSourceRef: Value?
    package var volumeAttributesClassName: String?

    package init(
        accessModes: [String] = [], selector: LabelSelector? = nil,
        resources: VolumeResourceRequirements = VolumeResourceRequirements(), volumeName: String = "",
        storageClassName: String? = nil, volumeMode: String? = nil, dataSource: Value? = nil,
        dataSourceRef: Value? = nil, volumeAttributesClassName: String? = nil
    ) {
        self.accessModes = accessModes
        self.selector = selector
        self.resources = resources
        self.volumeName = volumeName
        self.storageClassName = storageClassName
        self.volumeMode = volumeMode
        self.dataSource = dataSource
        self.dataSourceRef = dataSourceRef
        self.volumeAttributesClassName = volumeAttributesClassName
    }
}

/// core/v1 VolumeResourceRequirements; the only resource is `storage`, bytes.
package struct VolumeResourceRequirements: Codable, Sendable, Equatable {
    package var limits: [String: Quantity]
    package var requests: [String: Quantity]

    package init(limits: [String: Quantity] = [:], requests: [String: Quantity] = [:]) {
        self.limits = limits
        self.requests = requests
    }
}

/// core/v1 PersistentVolumeClaimStatus.
package struct PersistentVolumeClaimStatus: Codable, Sendable, Equatable {
    /// Pending or Bound.
    package var phase: String
    package var accessModes: [String]
    package var capacity: [String: Quantity]
    package var conditions: [Value]
    package var allocatedResources: [String: Quantity]
    package var allocatedResourceStatuses: [String: String]
    package var currentVolumeAttributesClassName: String?
    package var modifyVolumeStatus: Value?

    package init(
        phase: String = "", accessModes: [String] = [], capacity: [String: Quantity] = [:], conditions: [Value] = [],
        allocatedResources: [String: Quantity] = [:], allocatedResourceStatuses: [String: String] = [:],
        currentVolumeAttributesClassName: String? = nil, modifyVolumeStatus: Value? = nil
    ) {
        self.phase = phase
        self.accessModes = accessModes
        self.capacity = capacity
        self.conditions = conditions
        self.allocatedResources = allocatedResources
        self.allocatedResourceStatuses = allocatedResourceStatuses
        self.currentVolumeAttributesClassName = currentVolumeAttributesClassName
        self.modifyVolumeStatus = modifyVolumeStatus
    }
}
