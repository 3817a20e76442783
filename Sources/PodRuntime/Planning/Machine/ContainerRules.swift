import PodModel

/// What a container's spec says about its life: all of it that the machine needs.
package struct ContainerRules: Codable, Sendable, Equatable {
    /// The container's own restartPolicy, else the pod's; Always for sidecars, Never for ephemeral containers.
    package var restartPolicy: String
    /// Asked before the policy, in order.
    package var restartPolicyRules: [ContainerRestartRule]
    package var hasStartupProbe: Bool
    package var hasReadinessProbe: Bool
    package var hasPostStart: Bool
    package var hasPreStop: Bool
    /// cpu or memory: where a change wants the container restarted.
    package var resizesByRestart: [String]
    /// terminationGracePeriodSeconds of the probes; nil: the pod's.
    package var startupGraceSeconds: Int?
    package var livenessGraceSeconds: Int?

    package init(_ container: Container, in pod: Pod) {
        restartPolicy = container.restartPolicy ?? pod.spec.restartPolicy
        restartPolicyRules = container.restartPolicyRules
        hasStartupProbe = container.startupProbe != nil
        hasReadinessProbe = container.readinessProbe != nil
        hasPostStart = container.lifecycle?.postStart != nil
        hasPreStop = container.lifecycle?.preStop != nil
        resizesByRestart = container.resizePolicy.filter { $0.restartPolicy == "RestartContainer" }.map(\.resourceName)
        startupGraceSeconds = container.startupProbe?.terminationGracePeriodSeconds.map { Int($0) }
        livenessGraceSeconds = container.livenessProbe?.terminationGracePeriodSeconds.map { Int($0) }
    }

    /// Ephemeral containers have neither probes nor hooks and run once.
    package init(ephemeral container: EphemeralContainer) {
        restartPolicy = "Never"
        restartPolicyRules = []
        hasStartupProbe = false
        hasReadinessProbe = false
        hasPostStart = false
        hasPreStop = false
        resizesByRestart = []
    }
}
