/// One container of a pod.
package struct Container: Codable, Sendable, Equatable {
    package var name = ""
    package var image = ""
    package var command: [String] = []
    package var args: [String] = []
    package var workingDir = ""
    package var ports: [ContainerPort] = []
    package var envFrom: [EnvFromSource] = []
    package var env: [EnvVar] = []
    package var resources = ResourceRequirements()
    package var resizePolicy: [ContainerResizePolicy] = []
    package var restartPolicy: String? = nil
    package var restartPolicyRules: [ContainerRestartRule] = []
    package var volumeMounts: [VolumeMount] = []
    package var volumeDevices: [VolumeDevice] = []
    package var livenessProbe: Probe? = nil
    package var readinessProbe: Probe? = nil
    package var startupProbe: Probe? = nil
    package var lifecycle: Lifecycle? = nil
    package var terminationMessagePath = ""
    package var terminationMessagePolicy = ""
    package var imagePullPolicy = ""
    package var securityContext: SecurityContext? = nil
    package var stdin = false
    package var stdinOnce = false
    package var tty = false

    package init() {}
}

/// A container added for debugging.
package struct EphemeralContainer: Codable, Sendable, Equatable {
    package var name = ""
    package var image = ""
    package var command: [String] = []
    package var args: [String] = []
    package var workingDir = ""
    package var ports: [ContainerPort] = []
    package var envFrom: [EnvFromSource] = []
    package var env: [EnvVar] = []
    package var resources = ResourceRequirements()
    package var resizePolicy: [ContainerResizePolicy] = []
    package var restartPolicy: String? = nil
    package var restartPolicyRules: [ContainerRestartRule] = []
    package var volumeMounts: [VolumeMount] = []
    package var volumeDevices: [VolumeDevice] = []
    package var livenessProbe: Probe? = nil
    package var readinessProbe: Probe? = nil
    package var startupProbe: Probe? = nil
    package var lifecycle: Lifecycle? = nil
    package var terminationMessagePath = ""
    package var terminationMessagePolicy = ""
    package var imagePullPolicy = ""
    package var securityContext: SecurityContext? = nil
    package var stdin = false
    package var stdinOnce = false
    package var tty = false
    package var targetContainerName = ""

    package init() {}
}

/// A port the container listens on.
package struct ContainerPort: Codable, Sendable, Equatable {
    package var name = ""
    package var hostPort: Int32 = 0
    package var containerPort: Int32 = 0
    package var `protocol` = ""
    package var hostIP = ""

    package init() {}
}

/// A volume in a container.
package struct VolumeMount: Codable, Sendable, Equatable {
    package var name = ""
    package var readOnly = false
    package var recursiveReadOnly: String? = nil
    package var mountPath = ""
    package var subPath = ""
    package var mountPropagation: String? = nil
    package var subPathExpr = ""

    package init() {}
}

/// A raw block volume.
package struct VolumeDevice: Codable, Sendable, Equatable {
    package var name = ""
    package var devicePath = ""

    package init(name: String = "", devicePath: String = "") {
        self.name = name
        self.devicePath = devicePath
    }
}

/// A claim of the pod that a container uses.
package struct ResourceClaim: Codable, Sendable, Equatable {
    package var name = ""
    package var request = ""

    package init(name: String = "", request: String = "") {
        self.name = name
        self.request = request
    }
}

/// Requests and limits by resource name.
package struct ResourceRequirements: Codable, Sendable, Equatable {
    package var limits: [String: Quantity] = [:]
    package var requests: [String: Quantity] = [:]
    package var claims: [ResourceClaim] = []

    package init(limits: [String: Quantity] = [:], requests: [String: Quantity] = [:], claims: [ResourceClaim] = []) {
        self.limits = limits
        self.requests = requests
        self.claims = claims
    }
}

/// What a resize does.
package struct ContainerResizePolicy: Codable, Sendable, Equatable {
    package var resourceName = ""
    package var restartPolicy = ""

    package init(resourceName: String = "", restartPolicy: String = "") {
        self.resourceName = resourceName
        self.restartPolicy = restartPolicy
    }
}

/// Exit codes of a rule.
package struct ContainerRestartRuleOnExitCodes: Codable, Sendable, Equatable {
    package var `operator` = ""
    package var values: [Int32] = []

    package init(`operator`: String = "", values: [Int32] = []) {
        self.`operator` = `operator`
        self.values = values
    }
}

/// What to do for which exit code.
package struct ContainerRestartRule: Codable, Sendable, Equatable {
    package var action = ""
    package var exitCodes: ContainerRestartRuleOnExitCodes? = nil

    package init(action: String = "", exitCodes: ContainerRestartRuleOnExitCodes? = nil) {
        self.action = action
        self.exitCodes = exitCodes
    }
}
