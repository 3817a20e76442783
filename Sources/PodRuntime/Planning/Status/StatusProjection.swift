import PodModel

/// What the world sees of a pod's machine: `PodStatus` in the kubelet's words (pkg/kubelet/kubelet_pods.go).
package struct StatusProjection {
    private let pod: Pod
    private let machine: PodMachine
    private let hostIP: String

    /// - Parameter pod: as applied, with its uid.
    package init(pod: Pod, machine: PodMachine, hostIP: String) {
        self.pod = pod
        self.machine = machine
        self.hostIP = hostIP
    }

    /// - Parameters:
    ///   - previous: keeps each condition's lastTransitionTime as long as its status stays.
    ///   - now: the wall clock.
    package func status(previous: PodStatus?, now: Timestamp) -> PodStatus {
        var status = PodStatus()
        status.observedGeneration = pod.metadata.generation
        status.initContainerStatuses = statuses(.initContainer)
        status.containerStatuses = statuses(.regular)
        status.phase = phase
        if let message = machine.evictionMessage, machine.isFinished {
            status.phase = "Failed"
            status.reason = "Evicted"
            status.message = message
        }
        status.startTime = machine.startTime
        status.hostIP = hostIP
        status.podIP = machine.podIP
        if !hostIP.isEmpty { status.hostIPs = [HostIP(ip: hostIP)] }
        if !machine.podIP.isEmpty { status.podIPs = [PodIP(ip: machine.podIP)] }
        status.qosClass = pod.qosClass.rawValue
        status.conditions = conditions(phase: status.phase).map { condition in
            var condition = condition
            let before = previous?.conditions.first { $0.type == condition.type }
            condition.lastTransitionTime = before?.status == condition.status ? before?.lastTransitionTime : now
            return condition
        }
        return status
    }

    // MARK: - Containers

    private func statuses(_ kind: ContainerMachine.Kind) -> [ContainerStatus] {
        machine.containers.filter { $0.kind == kind }.map(status(of:))
    }

    private func status(of container: ContainerMachine) -> ContainerStatus {
        var status = ContainerStatus()
        status.name = container.name
        status.image = machine.images[container.name] ?? ""
        status.imageID = container.imageID
        status.restartCount = Int32(container.restartCount)
        status.started = container.phase == .running
        status.ready = isReady(container)
        if container.process != 0 { status.containerID = containerID(process: container.process) }
        status.lastState = terminated(container.lastTermination)
        status.volumeMounts = (pod.container(container.name)?.volumeMounts ?? []).map(status(of:))
        switch container.phase {
        case .running:
            status.state.running = ContainerStateRunning(startedAt: container.startedAt)
        // The next instance's image is looked for: the last one's end is still what there is to see.
        case .exited where container.waitingReason.isEmpty,
            .resolving where container.waitingReason.isEmpty && container.termination != nil:
            status.state = terminated(container.termination)
        default:
            if let termination = container.termination { status.lastState = terminated(termination) }
            let creating = hasInitContainers ? "PodInitializing" : "ContainerCreating"
            status.state.waiting = ContainerStateWaiting(
                reason: container.waitingReason.isEmpty ? creating : container.waitingReason,
                message: container.waitingMessage)
        }
        return status
    }

    /// recursiveReadOnly is what became of the wish: every kernel that podrun runs on can do it.
    private func status(of mount: VolumeMount) -> VolumeMountStatus {
        var recursive: String?
        if mount.readOnly { recursive = (mount.recursiveReadOnly ?? "Disabled") == "Disabled" ? "Disabled" : "Enabled" }
        return VolumeMountStatus(
            name: mount.name, mountPath: mount.mountPath, readOnly: mount.readOnly, recursiveReadOnly: recursive)
    }

    private func terminated(_ termination: ContainerMachine.Termination?) -> ContainerState {
        var state = ContainerState()
        guard let termination else { return state }
        var terminated = ContainerStateTerminated()
        terminated.exitCode = Int32(termination.exitCode)
        terminated.signal = Int32(termination.signal)
        terminated.reason = termination.reason
        terminated.message = limited(termination.message)
        terminated.startedAt = termination.startedAt
        terminated.finishedAt = termination.finishedAt
        terminated.containerID = containerID(process: termination.process)
        state.terminated = terminated
        return state
    }

    /// All containers' messages together: bytes (pkg/kubelet/status, normalizeStatus).
    private static let messageLimit = 12 << 10

    private func limited(_ message: String) -> String {
        let limit = Self.messageLimit / max(1, machine.containers.count)
        return message.utf8.count <= limit ? message : String(decoding: message.utf8.prefix(limit), as: UTF8.self)
    }

    /// 64 hexadecimal digits like other runtimes' ids: the pod's uid, then the instance.
    private func containerID(process: UInt64) -> String {
        let uid = pod.metadata.uid.filter { $0 != "-" }
        let digits = String(process, radix: 16)
        return "podrun://" + uid + String(repeating: "0", count: max(0, 64 - uid.count - digits.count)) + digits
    }

    private var hasInitContainers: Bool { machine.containers.contains { $0.kind == .initContainer } }

    /// Init containers are ready when they are done, regular ones while they run.
    private func isReady(_ container: ContainerMachine) -> Bool {
        container.kind == .initContainer ? container.hasSucceeded : container.phase == .running
    }

    // MARK: - Phase (kubelet_pods.go, getPhase)

    private var phase: String {
        let policy = machine.restartPolicy
        let initContainers = machine.containers.filter { $0.kind == .initContainer }
        if policy == "Never", initContainers.contains(where: { $0.phase == .exited && !$0.hasSucceeded }) {
            return "Failed"
        }
        let regular = machine.containers.filter { $0.kind == .regular }
        let stopped = regular.filter { !$0.isAlive && $0.termination != nil }
        let running = regular.filter { $0.phase == .running }
        if regular.count > stopped.count + running.count {
            // Waiting; a container between two instances counts as stopped.
            return regular.allSatisfy { $0.phase == .running || $0.termination != nil || $0.lastTermination != nil }
                ? "Running" : "Pending"
        }
        if !running.isEmpty || policy == "Always" { return "Running" }
        if stopped.allSatisfy({ $0.termination?.exitCode == 0 }) { return "Succeeded" }
        return policy == "Never" ? "Failed" : "Running"
    }

    // MARK: - Conditions (pkg/kubelet/status/generate.go)

    private func conditions(phase: String) -> [PodCondition] {
        let isSandboxReady = machine.sandbox == .ready
        return [
            condition("PodReadyToStartContainers", isSandboxReady),
            initialized(phase: phase),
            ready("Ready", phase: phase),
            ready("ContainersReady", phase: phase),
            condition("PodScheduled", true),
        ]
    }

    private func initialized(phase: String) -> PodCondition {
        if phase == "Succeeded" { return condition("Initialized", true, reason: "PodCompleted") }
        let incomplete = machine.containers.filter { $0.kind == .initContainer && !$0.hasSucceeded }.map(\.name)
        if incomplete.isEmpty { return condition("Initialized", true) }
        return condition(
            "Initialized", false, reason: "ContainersNotInitialized",
            message: "containers with incomplete status: [\(incomplete.joined(separator: " "))]")
    }

    private func ready(_ type: String, phase: String) -> PodCondition {
        if phase == "Succeeded" { return condition(type, false, reason: "PodCompleted") }
        if phase == "Failed" { return condition(type, false, reason: "PodFailed") }
        let unready = machine.containers.filter { $0.kind == .regular && !isReady($0) }.map(\.name)
        if unready.isEmpty { return condition(type, true) }
        return condition(
            type, false, reason: "ContainersNotReady",
            message: "containers with unready status: [\(unready.joined(separator: " "))]")
    }

    private func condition(_ type: String, _ holds: Bool, reason: String = "", message: String = "") -> PodCondition {
        var condition = PodCondition()
        condition.type = type
        condition.status = holds ? "True" : "False"
        condition.reason = reason
        condition.message = message
        condition.observedGeneration = pod.metadata.generation
        return condition
    }
}
