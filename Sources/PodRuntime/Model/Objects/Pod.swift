/// What the user wants.
package struct PodSpec: Codable, Sendable, Equatable {
    package var volumes: [Volume] = []
    package var initContainers: [Container] = []
    package var containers: [Container] = []
    package var ephemeralContainers: [EphemeralContainer] = []
    package var restartPolicy = ""
    package var terminationGracePeriodSeconds: Int64? = nil
    package var activeDeadlineSeconds: Int64? = nil
    package var dnsPolicy = ""
    package var nodeSelector: [String: String] = [:]
    package var serviceAccountName = ""
    package var serviceAccount = ""
    package var automountServiceAccountToken: Bool? = nil
    package var nodeName = ""
    package var hostNetwork = false
    package var hostPID = false
    package var hostIPC = false
    package var shareProcessNamespace: Bool? = nil
    package var securityContext: PodSecurityContext? = nil
    package var imagePullSecrets: [LocalObjectReference] = []
    package var hostname = ""
    package var subdomain = ""
    package var affinity: Affinity? = nil
    package var schedulerName = ""
    package var tolerations: [Toleration] = []
    package var hostAliases: [HostAlias] = []
    package var priorityClassName = ""
    package var priority: Int32? = nil
    package var dnsConfig: PodDNSConfig? = nil
    package var readinessGates: [PodReadinessGate] = []
    package var runtimeClassName: String? = nil
    package var enableServiceLinks: Bool? = nil
    package var preemptionPolicy: String? = nil
    package var overhead: [String: Quantity] = [:]
    package var topologySpreadConstraints: [TopologySpreadConstraint] = []
    package var setHostnameAsFQDN: Bool? = nil
    package var os: PodOS? = nil
    package var hostUsers: Bool? = nil
    package var schedulingGates: [PodSchedulingGate] = []
    package var resourceClaims: [PodResourceClaim] = []
    package var resources: ResourceRequirements? = nil
    package var hostnameOverride: String? = nil

    package init() {}
}

/// What is.
package struct PodStatus: Codable, Sendable, Equatable {
    package var observedGeneration: Int64 = 0
    package var phase = ""
    package var conditions: [PodCondition] = []
    package var message = ""
    package var reason = ""
    package var nominatedNodeName = ""
    package var hostIP = ""
    package var hostIPs: [HostIP] = []
    package var podIP = ""
    package var podIPs: [PodIP] = []
    package var startTime: Timestamp? = nil
    package var initContainerStatuses: [ContainerStatus] = []
    package var containerStatuses: [ContainerStatus] = []
    package var qosClass = ""
    package var ephemeralContainerStatuses: [ContainerStatus] = []
    package var resize = ""

    package init() {}
}

/// An address of the node.
package struct HostIP: Codable, Sendable, Equatable {
    package var ip = ""

    package init(ip: String = "") {
        self.ip = ip
    }
}

/// An address of the pod.
package struct PodIP: Codable, Sendable, Equatable {
    package var ip = ""

    package init(ip: String = "") {
        self.ip = ip
    }
}

/// One condition of a pod.
package struct PodCondition: Codable, Sendable, Equatable {
    package var type = ""
    package var observedGeneration: Int64 = 0
    package var status = ""
    package var lastProbeTime: Timestamp? = nil
    package var lastTransitionTime: Timestamp? = nil
    package var reason = ""
    package var message = ""

    package init() {}
}

/// linux or windows.
package struct PodOS: Codable, Sendable, Equatable {
    package var name = ""

    package init(name: String = "") {
        self.name = name
    }
}

/// A condition that Ready also needs.
package struct PodReadinessGate: Codable, Sendable, Equatable {
    package var conditionType = ""

    package init(conditionType: String = "") {
        self.conditionType = conditionType
    }
}

/// Holds scheduling back.
package struct PodSchedulingGate: Codable, Sendable, Equatable {
    package var name = ""

    package init(name: String = "") {
        self.name = name
    }
}

/// Dynamic resource allocation.
package struct PodResourceClaim: Codable, Sendable, Equatable {
    package var name = ""
    package var resourceClaimName: String? = nil
    package var resourceClaimTemplateName: String? = nil

    package init(name: String = "", resourceClaimName: String? = nil, resourceClaimTemplateName: String? = nil) {
        self.name = name
        self.resourceClaimName = resourceClaimName
        self.resourceClaimTemplateName = resourceClaimTemplateName
    }
}

/// An object of the same namespace.
package struct LocalObjectReference: Codable, Sendable, Equatable {
    package var name = ""

    package init(name: String = "") {
        self.name = name
    }
}

/// Lines of /etc/hosts.
package struct HostAlias: Codable, Sendable, Equatable {
    package var ip = ""
    package var hostnames: [String] = []

    package init(ip: String = "", hostnames: [String] = []) {
        self.ip = ip
        self.hostnames = hostnames
    }
}

/// What /etc/resolv.conf gets in addition.
package struct PodDNSConfig: Codable, Sendable, Equatable {
    package var nameservers: [String] = []
    package var searches: [String] = []
    package var options: [PodDNSConfigOption] = []

    package init(nameservers: [String] = [], searches: [String] = [], options: [PodDNSConfigOption] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }
}

/// `name` or `name:value` in the options line.
package struct PodDNSConfigOption: Codable, Sendable, Equatable {
    package var name = ""
    package var value: String? = nil

    package init(name: String = "", value: String? = nil) {
        self.name = name
        self.value = value
    }
}

/// A pod: one or more containers that share a network, IPC and volumes.
package struct Pod: Codable, Sendable, Equatable {
    package var apiVersion = "v1"
    package var kind = "Pod"
    package var metadata = ObjectMeta()
    package var spec = PodSpec()
    package var status = PodStatus()

    package init() {}
}
