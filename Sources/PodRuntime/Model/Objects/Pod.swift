/// core/v1 Pod.
package struct Pod: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var kind: String
    package var metadata: ObjectMeta
    package var spec: PodSpec
    package var status: PodStatus

    package static var keptWhenEmpty: [String] { ["metadata", "spec", "status"] }

    package init(
        apiVersion: String = "v1", kind: String = "Pod", metadata: ObjectMeta = ObjectMeta(),
        spec: PodSpec = PodSpec(), status: PodStatus = PodStatus()
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }
}

/// core/v1 PodSpec, every field of the v1 schema.
package struct PodSpec: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var volumes: [Volume]
    package var initContainers: [Container]
    package var containers: [Container]
    package var ephemeralContainers: [EphemeralContainer]
    /// Always, OnFailure or Never.
    package var restartPolicy: String
    /// Seconds between SIGTERM and SIGKILL.
    package var terminationGracePeriodSeconds: Int64?
    package var activeDeadlineSeconds: Int64?
    package var dnsPolicy: String
    package var nodeSelector: [String: String]
    package var serviceAccountName: String
    /// The deprecated name of serviceAccountName.
    package var serviceAccount: String
    package var automountServiceAccountToken: Bool?
    package var nodeName: String
    package var hostNetwork: Bool
    package var hostPID: Bool
    package var hostIPC: Bool
    package var shareProcessNamespace: Bool?
    package var securityContext: PodSecurityContext?
    package var imagePullSecrets: [LocalObjectReference]
    package var hostname: String
    package var subdomain: String
    package var affinity: Affinity?
    package var schedulerName: String
    package var tolerations: [Toleration]
    package var hostAliases: [HostAlias]
    package var priorityClassName: String
    package var priority: Int32?
    package var dnsConfig: PodDNSConfig?
    package var readinessGates: [PodReadinessGate]
    package var runtimeClassName: String?
    package var enableServiceLinks: Bool?
    package var preemptionPolicy: String?
    package var overhead: [String: Quantity]
    package var topologySpreadConstraints: [TopologySpreadConstraint]
    package var setHostnameAsFQDN: Bool?
    package var os: PodOS?
    package var hostUsers: Bool?
    package var schedulingGates: [PodSchedulingGate]
    package var resourceClaims: [PodResourceClaim]
    package var resources: ResourceRequirements?
    package var hostnameOverride: String?
    package var workloadRef: Value?
    package var schedulingGroup: Value?

    package static var keptWhenEmpty: [String] { ["containers"] }

    package init(
        volumes: [Volume] = [], initContainers: [Container] = [], containers: [Container] = [],
        ephemeralContainers: [EphemeralContainer] = [], restartPolicy: String = "",
        terminationGracePeriodSeconds: Int64? = nil, activeDeadlineSeconds: Int64? = nil, dnsPolicy: String = "",
        nodeSelector: [String: String] = [:], serviceAccountName: String = "", serviceAccount: String = "",
        automountServiceAccountToken: Bool? = nil, nodeName: String = "", hostNetwork: Bool = false,
        hostPID: Bool = false, hostIPC: Bool = false, shareProcessNamespace: Bool? = nil,
        securityContext: PodSecurityContext? = nil, imagePullSecrets: [LocalObjectReference] = [],
        hostname: String = "", subdomain: String = "", affinity: Affinity? = nil, schedulerName: String = "",
        tolerations: [Toleration] = [], hostAliases: [HostAlias] = [], priorityClassName: String = "",
        priority: Int32? = nil, dnsConfig: PodDNSConfig? = nil, readinessGates: [PodReadinessGate] = [],
        runtimeClassName: String? = nil, enableServiceLinks: Bool? = nil, preemptionPolicy: String? = nil,
        overhead: [String: Quantity] = [:], topologySpreadConstraints: [TopologySpreadConstraint] = [],
        setHostnameAsFQDN: Bool? = nil, os: PodOS? = nil, hostUsers: Bool? = nil,
        schedulingGates: [PodSchedulingGate] = [], resourceClaims: [PodResourceClaim] = [],
        resources: ResourceRequirements? = nil, hostnameOverride: String? = nil, workloadRef: Value? = nil,
        schedulingGroup: Value? = nil
    ) {
        self.volumes = volumes
        self.initContainers = initContainers
        self.containers = containers
        self.ephemeralContainers = ephemeralContainers
        self.restartPolicy = restartPolicy
        self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
        self.activeDeadlineSeconds = activeDeadlineSeconds
        self.dnsPolicy = dnsPolicy
        self.nodeSelector = nodeSelector
        self.serviceAccountName = serviceAccountName
        self.serviceAccount = serviceAccount
        self.automountServiceAccountToken = automountServiceAccountToken
        self.nodeName = nodeName
        self.hostNetwork = hostNetwork
        self.hostPID = hostPID
        self.hostIPC = hostIPC
        self.shareProcessNamespace = shareProcessNamespace
        self.securityContext = securityContext
        self.imagePullSecrets = imagePullSecrets
        self.hostname = hostname
        self.subdomain = subdomain
        self.affinity = affinity
        self.schedulerName = schedulerName
        self.tolerations = tolerations
        self.hostAliases = hostAliases
        self.priorityClassName = priorityClassName
        self.priority = priority
        self.dnsConfig = dnsConfig
        self.readinessGates = readinessGates
        self.runtimeClassName = runtimeClassName
        self.enableServiceLinks = enableServiceLinks
        self.preemptionPolicy = preemptionPolicy
        self.overhead = overhead
        self.topologySpreadConstraints = topologySpreadConstraints
        self.setHostnameAsFQDN = setHostnameAsFQDN
        self.os = os
        self.hostUsers = hostUsers
        self.schedulingGates = schedulingGates
        self.resourceClaims = resourceClaims
        self.resources = resources
        self.hostnameOverride = hostnameOverride
        self.workloadRef = workloadRef
        self.schedulingGroup = schedulingGroup
    }
}

/// core/v1 HostAlias: one line of the pod's /etc/hosts.
package struct HostAlias: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var ip: String
    package var hostnames: [String]

    package static var keptWhenEmpty: [String] { ["ip"] }

    package init(ip: String = "", hostnames: [String] = []) {
        self.ip = ip
        self.hostnames = hostnames
    }
}

/// core/v1 PodDNSConfig.
package struct PodDNSConfig: Codable, Sendable, Equatable {
    package var nameservers: [String]
    package var searches: [String]
    package var options: [PodDNSConfigOption]

    package init(nameservers: [String] = [], searches: [String] = [], options: [PodDNSConfigOption] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }
}

/// core/v1 PodDNSConfigOption.
package struct PodDNSConfigOption: Codable, Sendable, Equatable {
    package var name: String
    package var value: String?

    package init(name: String = "", value: String? = nil) {
        self.name = name
        self.value = value
    }
}

/// core/v1 PodReadinessGate.
package struct PodReadinessGate: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var conditionType: String

    package static var keptWhenEmpty: [String] { ["conditionType"] }

    package init(conditionType: String = "") {
        self.conditionType = conditionType
    }
}

/// core/v1 PodOS.
package struct PodOS: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String

    package static var keptWhenEmpty: [String] { ["name"] }

    package init(name: String = "") {
        self.name = name
    }
}

/// core/v1 PodSchedulingGate.
package struct PodSchedulingGate: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String

    package static var keptWhenEmpty: [String] { ["name"] }

    package init(name: String = "") {
        self.name = name
    }
}

/// core/v1 PodResourceClaim.
package struct PodResourceClaim: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var resourceClaimName: String?
    package var resourceClaimTemplateName: String?

    package static var keptWhenEmpty: [String] { ["name"] }

    package init(name: String = "", resourceClaimName: String? = nil, resourceClaimTemplateName: String? = nil) {
        self.name = name
        self.resourceClaimName = resourceClaimName
        self.resourceClaimTemplateName = resourceClaimTemplateName
    }
}
