/// core/v1 Container.
package struct Container: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var image: String
    package var command: [String]
    package var args: [String]
    package var workingDir: String
    package var ports: [ContainerPort]
    package var envFrom: [EnvFromSource]
    package var env: [EnvVar]
    package var resources: ResourceRequirements
    package var resizePolicy: [ContainerResizePolicy]
    /// Instead of the pod's; Always makes an init container a sidecar.
    package var restartPolicy: String?
    package var restartPolicyRules: [ContainerRestartRule]
    package var volumeMounts: [VolumeMount]
    package var volumeDevices: [VolumeDevice]
    package var livenessProbe: Probe?
    package var readinessProbe: Probe?
    package var startupProbe: Probe?
    package var lifecycle: Lifecycle?
    package var terminationMessagePath: String
    package var terminationMessagePolicy: String
    package var imagePullPolicy: String
    package var securityContext: SecurityContext?
    package var stdin: Bool
    package var stdinOnce: Bool
    package var tty: Bool

    package static var keptWhenEmpty: [String] { ["name", "resources"] }

    package init(
        name: String = "", image: String = "", command: [String] = [], args: [String] = [], workingDir: String = "",
        ports: [ContainerPort] = [], envFrom: [EnvFromSource] = [], env: [EnvVar] = [],
        resources: ResourceRequirements = ResourceRequirements(), resizePolicy: [ContainerResizePolicy] = [],
        restartPolicy: String? = nil, restartPolicyRules: [ContainerRestartRule] = [],
        volumeMounts: [VolumeMount] = [], volumeDevices: [VolumeDevice] = [], livenessProbe: Probe? = nil,
        readinessProbe: Probe? = nil, startupProbe: Probe? = nil, lifecycle: Lifecycle? = nil,
        terminationMessagePath: String = "", terminationMessagePolicy: String = "", imagePullPolicy: String = "",
        securityContext: SecurityContext? = nil, stdin: Bool = false, stdinOnce: Bool = false, tty: Bool = false
    ) {
        self.name = name
        self.image = image
        self.command = command
        self.args = args
        self.workingDir = workingDir
        self.ports = ports
        self.envFrom = envFrom
        self.env = env
        self.resources = resources
        self.resizePolicy = resizePolicy
        self.restartPolicy = restartPolicy
        self.restartPolicyRules = restartPolicyRules
        self.volumeMounts = volumeMounts
        self.volumeDevices = volumeDevices
        self.livenessProbe = livenessProbe
        self.readinessProbe = readinessProbe
        self.startupProbe = startupProbe
        self.lifecycle = lifecycle
        self.terminationMessagePath = terminationMessagePath
        self.terminationMessagePolicy = terminationMessagePolicy
        self.imagePullPolicy = imagePullPolicy
        self.securityContext = securityContext
        self.stdin = stdin
        self.stdinOnce = stdinOnce
        self.tty = tty
    }
}

/// core/v1 EphemeralContainer: EphemeralContainerCommon is inlined, as in the JSON form.
package struct EphemeralContainer: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var image: String
    package var command: [String]
    package var args: [String]
    package var workingDir: String
    package var ports: [ContainerPort]
    package var envFrom: [EnvFromSource]
    package var env: [EnvVar]
    package var resources: ResourceRequirements
    package var resizePolicy: [ContainerResizePolicy]
    package var restartPolicy: String?
    package var restartPolicyRules: [ContainerRestartRule]
    package var volumeMounts: [VolumeMount]
    package var volumeDevices: [VolumeDevice]
    package var livenessProbe: Probe?
    package var readinessProbe: Probe?
    package var startupProbe: Probe?
    package var lifecycle: Lifecycle?
    package var terminationMessagePath: String
    package var terminationMessagePolicy: String
    package var imagePullPolicy: String
    package var securityContext: SecurityContext?
    package var stdin: Bool
    package var stdinOnce: Bool
    package var tty: Bool
    package var targetContainerName: String

    package static var keptWhenEmpty: [String] { ["name", "resources"] }

    package init(
        name: String = "", image: String = "", command: [String] = [], args: [String] = [], workingDir: String = "",
        ports: [ContainerPort] = [], envFrom: [EnvFromSource] = [], env: [EnvVar] = [],
        resources: ResourceRequirements = ResourceRequirements(), resizePolicy: [ContainerResizePolicy] = [],
        restartPolicy: String? = nil, restartPolicyRules: [ContainerRestartRule] = [],
        volumeMounts: [VolumeMount] = [], volumeDevices: [VolumeDevice] = [], livenessProbe: Probe? = nil,
        readinessProbe: Probe? = nil, startupProbe: Probe? = nil, lifecycle: Lifecycle? = nil,
        terminationMessagePath: String = "", terminationMessagePolicy: String = "", imagePullPolicy: String = "",
        securityContext: SecurityContext? = nil, stdin: Bool = false, stdinOnce: Bool = false, tty: Bool = false,
        targetContainerName: String = ""
    ) {
        self.name = name
        self.image = image
        self.command = command
        self.args = args
        self.workingDir = workingDir
        self.ports = ports
        self.envFrom = envFrom
        self.env = env
        self.resources = resources
        self.resizePolicy = resizePolicy
        self.restartPolicy = restartPolicy
        self.restartPolicyRules = restartPolicyRules
        self.volumeMounts = volumeMounts
        self.volumeDevices = volumeDevices
        self.livenessProbe = livenessProbe
        self.readinessProbe = readinessProbe
        self.startupProbe = startupProbe
        self.lifecycle = lifecycle
        self.terminationMessagePath = terminationMessagePath
        self.terminationMessagePolicy = terminationMessagePolicy
        self.imagePullPolicy = imagePullPolicy
        self.securityContext = securityContext
        self.stdin = stdin
        self.stdinOnce = stdinOnce
        self.tty = tty
        self.targetContainerName = targetContainerName
    }
}

/// core/v1 ContainerPort.
package struct ContainerPort: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var hostPort: Int32
    package var containerPort: Int32
    package var `protocol`: String
    package var hostIP: String

    package static var keptWhenEmpty: [String] { ["containerPort"] }

    package init(
        name: String = "", hostPort: Int32 = 0, containerPort: Int32 = 0, `protocol`: String = "",
        hostIP: String = ""
    ) {
        self.name = name
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.protocol = `protocol`
        self.hostIP = hostIP
    }
}

/// core/v1 ContainerResizePolicy.
package struct ContainerResizePolicy: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var resourceName: String
    package var restartPolicy: String

    package static var keptWhenEmpty: [String] { ["resourceName", "restartPolicy"] }

    package init(resourceName: String = "", restartPolicy: String = "") {
        self.resourceName = resourceName
        self.restartPolicy = restartPolicy
    }
}

/// core/v1 ContainerRestartRule.
package struct ContainerRestartRule: Codable, Sendable, Equatable {
    package var action: String
    package var exitCodes: ContainerRestartRuleOnExitCodes?

    package init(action: String = "", exitCodes: ContainerRestartRuleOnExitCodes? = nil) {
        self.action = action
        self.exitCodes = exitCodes
    }
}

/// core/v1 ContainerRestartRuleOnExitCodes.
package struct ContainerRestartRuleOnExitCodes: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var `operator`: String
    package var values: [Int32]

    package static var keptWhenEmpty: [String] { ["operator"] }

    package init(`operator`: String = "", values: [Int32] = []) {
        self.operator = `operator`
        self.values = values
    }
}

/// core/v1 VolumeMount.
package struct VolumeMount: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var readOnly: Bool
    package var recursiveReadOnly: String?
    package var mountPath: String
    package var subPath: String
    package var mountPropagation: String?
    package var subPathExpr: String

    package static var keptWhenEmpty: [String] { ["name", "mountPath"] }

    package init(
        name: String = "", readOnly: Bool = false, recursiveReadOnly: String? = nil, mountPath: String = "",
        subPath: String = "", mountPropagation: String? = nil, subPathExpr: String = ""
    ) {
        self.name = name
        self.readOnly = readOnly
        self.recursiveReadOnly = recursiveReadOnly
        self.mountPath = mountPath
        self.subPath = subPath
        self.mountPropagation = mountPropagation
        self.subPathExpr = subPathExpr
    }
}

/// core/v1 VolumeDevice.
package struct VolumeDevice: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var devicePath: String

    package static var keptWhenEmpty: [String] { ["name", "devicePath"] }

    package init(name: String = "", devicePath: String = "") {
        self.name = name
        self.devicePath = devicePath
    }
}

/// core/v1 ResourceRequirements.
package struct ResourceRequirements: Codable, Sendable, Equatable {
    package var limits: [String: Quantity]
    package var requests: [String: Quantity]
    package var claims: [ResourceClaim]

    package init(limits: [String: Quantity] = [:], requests: [String: Quantity] = [:], claims: [ResourceClaim] = []) {
        self.limits = limits
        self.requests = requests
        self.claims = claims
    }
}

/// core/v1 ResourceClaim.
package struct ResourceClaim: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var request: String

    package static var keptWhenEmpty: [String] { ["name"] }

    package init(name: String = "", request: String = "") {
        self.name = name
        self.request = request
    }
}
