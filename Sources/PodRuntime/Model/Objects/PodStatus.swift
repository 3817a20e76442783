/// core/v1 PodStatus.
package struct PodStatus: Codable, Sendable, Equatable {
    package var observedGeneration: Int64
    /// Pending, Running, Succeeded, Failed or Unknown.
    package var phase: String
    package var conditions: [PodCondition]
    package var message: String
    package var reason: String
    package var nominatedNodeName: String
    package var hostIP: String
    package var hostIPs: [HostIP]
    package var podIP: String
    package var podIPs: [PodIP]
    package var startTime: Timestamp?
    package var initContainerStatuses: [ContainerStatus]
    package var containerStatuses: [ContainerStatus]
    package var qosClass: String
    package var ephemeralContainerStatuses: [ContainerStatus]
    package var resize: String
    package var resourceClaimStatuses: [Value]
    package var extendedResourceClaimStatus: Value?
    package var allocatedResources: [String: Quantity]
    package var resources: ResourceRequirements?

    package init(
        observedGeneration: Int64 = 0, phase: String = "", conditions: [PodCondition] = [], message: String = "",
        reason: String = "", nominatedNodeName: String = "", hostIP: String = "", hostIPs: [HostIP] = [],
        podIP: String = "", podIPs: [PodIP] = [], startTime: Timestamp? = nil,
        initContainerStatuses: [ContainerStatus] = [], containerStatuses: [ContainerStatus] = [],
        qosClass: String = "", ephemeralContainerStatuses: [ContainerStatus] = [], resize: String = "",
        resourceClaimStatuses: [Value] = [], extendedResourceClaimStatus: Value? = nil,
        allocatedResources: [String: Quantity] = [:], resources: ResourceRequirements? = nil
    ) {
        self.observedGeneration = observedGeneration
        self.phase = phase
        self.conditions = conditions
        self.message = message
        self.reason = reason
        self.nominatedNodeName = nominatedNodeName
        self.hostIP = hostIP
        self.hostIPs = hostIPs
        self.podIP = podIP
        self.podIPs = podIPs
        self.startTime = startTime
        self.initContainerStatuses = initContainerStatuses
        self.containerStatuses = containerStatuses
        self.qosClass = qosClass
        self.ephemeralContainerStatuses = ephemeralContainerStatuses
        self.resize = resize
        self.resourceClaimStatuses = resourceClaimStatuses
        self.extendedResourceClaimStatus = extendedResourceClaimStatus
        self.allocatedResources = allocatedResources
        self.resources = resources
    }
}

/// core/v1 HostIP.
package struct HostIP: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var ip: String

    package static var keptWhenEmpty: [String] { ["ip"] }

    package init(ip: String = "") {
        self.ip = ip
    }
}

/// core/v1 PodIP.
package struct PodIP: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var ip: String

    package static var keptWhenEmpty: [String] { ["ip"] }

    package init(ip: String = "") {
        self.ip = ip
    }
}

/// core/v1 PodCondition; status is True, False or Unknown.
package struct PodCondition: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var type: String
    package var observedGeneration: Int64
    package var status: String
    package var lastProbeTime: Timestamp?
    package var lastTransitionTime: Timestamp?
    package var reason: String
    package var message: String

    package static var keptWhenEmpty: [String] { ["type", "status", "lastProbeTime"] }

    package init(
        type: String = "", observedGeneration: Int64 = 0, status: String = "", lastProbeTime: Timestamp? = nil,
        lastTransitionTime: Timestamp? = nil, reason: String = "", message: String = ""
    ) {
        self.type = type
        self.observedGeneration = observedGeneration
        self.status = status
        self.lastProbeTime = lastProbeTime
        self.lastTransitionTime = lastTransitionTime
        self.reason = reason
        self.message = message
    }
}
