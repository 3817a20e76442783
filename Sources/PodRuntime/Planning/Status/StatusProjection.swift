import PodModel

/// What the world sees of a pod's machine: `PodStatus` in the kubelet's words (pkg/kubelet/kubelet_pods.go).
package struct StatusProjection {
    private let pod: Pod
    private let machine: PodMachine
    private let hostIP: String
    /// Nothing of the pod lives or will live again.
    private let isOver: Bool

    /// - Parameter pod: as applied, with its uid.
    package init(pod: Pod, machine: PodMachine, hostIP: String) {
        self.pod = pod
        self.machine = machine
        self.hostIP = hostIP
        isOver = machine.isEnding && !machine.containers.contains(where: \.isAlive)
    }

    /// - Parameters:
    ///   - previous: keeps each condition's lastTransitionTime as long as its status stays.
    ///   - now: the wall clock.
    package func status(previous: PodStatus?, now: Timestamp) -> PodStatus {
        var status = PodStatus()
        status.observedGeneration = pod.metadata.generation
        if let failure = machine.failure, failure.isRejection == true {
            // All that the kubelet says of a pod that it does not take (kubelet.go, rejectPod).
            status.phase = "Failed"
            status.reason = failure.reason
            status.message = failure.message
            status.startTime = machine.startTime
            status.qosClass = pod.qosClass.rawValue
            return status
        }
        for container in machine.containers {
            let entry = self.status(of: container)
            switch container.kind {
            case .initContainer, .sidecar: status.initContainerStatuses.append(entry)
            case .regular: status.containerStatuses.append(entry)
            case .ephemeral: status.ephemeralContainerStatuses.append(entry)
            }
        }
        let phase = self.phase(of: status)
        status.phase = phase
        // No phase is final while a container lives (kubelet status_manager.go, mergePodStatus).
        if !isOver, phase == "Succeeded" || phase == "Failed" {
            status.phase = machine.containers.contains { $0.kind == .regular && $0.hasRun } ? "Running" : "Pending"
        }
        if let failure = machine.failure, isOver {
            status.reason = failure.reason
            status.message = failure.message
        }
        status.startTime = machine.startTime
        status.hostIP = hostIP
        status.podIP = machine.podIP
        if !hostIP.isEmpty { status.hostIPs = [HostIP(ip: hostIP)] }
        if !machine.podIP.isEmpty { status.podIPs = [PodIP(ip: machine.podIP)] }
        status.qosClass = pod.qosClass.rawValue
        status.conditions = conditions(phase: phase).map { condition in
            var condition = condition
            let before = previous?.conditions.first { $0.type == condition.type }
            condition.lastTransitionTime = isSame(condition, before) ? before?.lastTransitionTime : now
            return condition
        }
        return status
    }

    // MARK: - Containers

    private func status(of container: ContainerMachine) -> ContainerStatus {
        var status = ContainerStatus()
        status.name = container.name
        status.image = machine.images[container.name] ?? ""
        status.imageID = container.imageID
        status.restartCount = Int32(container.restartCount)
        // Nobody asks whether an ephemeral container is ready (the kubelet's prober manager leaves them out).
        if container.kind != .ephemeral {
            status.started = container.isStarted
            status.ready = isReady(container)
        }
        let spec = pod.container(container.name)
        if container.process != 0 {
            status.containerID = containerID(process: container.process)
            status.allocatedResources = container.resources.requests
            status.resources = container.formerResources ?? container.resources
            status.stopSignal = container.stopSignal(spec)
        }
        status.lastState = terminated(container.lastTermination)
        status.volumeMounts = (spec?.volumeMounts ?? []).map(status(of:))
        switch container.phase {
        case .running:
            status.state.running = ContainerStateRunning(startedAt: container.startedAt)
        // The next instance's image is looked for: the last one's end is still what there is to see.
        case .exited where container.waitingReason.isEmpty || isOver,
            .resolving where container.waitingReason.isEmpty && container.termination != nil:
            status.state = terminated(container.termination)
        default:
            if let termination = container.termination { status.lastState = terminated(termination) }
            if isOver, isLost(container) {
                status.state.terminated = ContainerStateTerminated(
                    exitCode: 137, reason: "ContainerStatusUnknown",
                    message: ContainerMachine.Termination.unseenMessage)
                break
            }
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

    private var hasInitContainers: Bool { machine.containers.contains(where: \.isInit) }

    /// In a pod that is over, a container that was due and never ran counts as failed; one that was not due still waits
    /// (kubelet status_manager.go, TerminatePod).
    private func isLost(_ container: ContainerMachine) -> Bool {
        switch container.kind {
        case .regular: return isInitialized
        case .initContainer, .sidecar:
            let later = machine.containers.drop { $0.name != container.name }
            return container.name == machine.containers.first?.name
                || later.contains { $0.isInit && $0.hasRun }
        case .ephemeral: return false
        }
    }

    /// A regular container ran, or the last init container did what they wait for.
    private var isInitialized: Bool {
        guard let last = machine.containers.last(where: \.isInit) else { return true }
        return last.hasSucceeded || machine.containers.contains { $0.kind == .regular && $0.hasRun }
    }

    /// Init containers that are no sidecars are ready when they are done.
    private func isReady(_ container: ContainerMachine) -> Bool {
        container.kind == .initContainer ? container.hasSucceeded : container.isReady
    }

    private func phase(of status: PodStatus) -> String {
        if machine.failure != nil { return "Failed" }
        let statuses = status.initContainerStatuses + status.containerStatuses
        return PodPhase(
            machine, statuses: Dictionary(statuses.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        ).text(isOver: isOver)
    }

    // MARK: - Conditions (pkg/kubelet/status/generate.go)

    private func conditions(phase: String) -> [PodCondition] {
        let isSandboxReady = machine.sandbox == .ready
        var conditions = resizeConditions
        conditions += [
            condition("PodReadyToStartContainers", isSandboxReady),
            initialized(phase: phase),
            ready("Ready", phase: phase),
            ready("ContainersReady", phase: phase),
            condition("PodScheduled", true),
        ]
        if let restarting = allContainersRestarting(phase: phase) { conditions.append(restarting) }
        return conditions
    }

    /// A resize that goes on for another reason is another one (status_manager.go, updatedPodResizeCondition).
    private func isSame(_ condition: PodCondition, _ before: PodCondition?) -> Bool {
        guard let before, before.status == condition.status else { return false }
        return !condition.type.hasPrefix("PodResize") || before.reason == condition.reason
    }

    private var resizeConditions: [PodCondition] {
        var conditions: [PodCondition] = []
        if let pending = machine.resize.pending {
            var entry = condition(
                "PodResizePending", true, reason: pending.refusal.reason, message: pending.refusal.message)
            entry.observedGeneration = pending.generation
            conditions.append(entry)
        }
        if let progress = machine.resize.progress {
            var entry = condition(
                "PodResizeInProgress", true, reason: progress.error.isEmpty ? "" : "Error", message: progress.error)
            entry.observedGeneration = progress.generation
            conditions.append(entry)
        }
        return conditions
    }

    /// Of pods that have a rule for it only.
    private func allContainersRestarting(phase: String) -> PodCondition? {
        let rules = machine.containers.flatMap(\.rules.restartPolicyRules)
        guard rules.contains(where: { $0.action == "RestartAllContainers" }) else { return nil }
        let type = "AllContainersRestarting"
        if phase == "Succeeded" { return condition(type, false, reason: "PodCompleted") }
        if phase == "Failed" { return condition(type, false, reason: "PodFailed") }
        if !machine.isRestartingAll { return condition(type, false) }
        return condition(
            type, true, reason: "RestartAllContainersStarted", message: "container exited with restart policy rule")
    }

    private func initialized(phase: String) -> PodCondition {
        if phase == "Succeeded" { return condition("Initialized", true, reason: "PodCompleted") }
        // Once initialized, sidecars and init containers that start anew don't take it back.
        let hasBegun = machine.containers.contains { $0.kind == .regular && $0.hasRun }
        let incomplete = machine.containers.filter(isIncomplete).map(\.name)
        if hasBegun || incomplete.isEmpty { return condition("Initialized", true) }
        return condition(
            "Initialized", false, reason: "ContainersNotInitialized",
            message: "containers with incomplete status: [\(incomplete.joined(separator: " "))]")
    }

    /// What the pod's initialization waits for.
    private func isIncomplete(_ container: ContainerMachine) -> Bool {
        switch container.kind {
        case .initContainer: !container.hasSucceeded
        case .sidecar: !container.isStarted
        case .regular, .ephemeral: false
        }
    }

    private func ready(_ type: String, phase: String) -> PodCondition {
        if phase == "Succeeded" { return condition(type, false, reason: "PodCompleted") }
        if phase == "Failed" { return condition(type, false, reason: "PodFailed") }
        let unready = machine.containers.filter { ($0.kind == .regular || $0.kind == .sidecar) && !$0.isReady }
        if !unready.isEmpty {
            return condition(
                type, false, reason: "ContainersNotReady",
                message: "containers with unready status: [\(unready.map(\.name).joined(separator: " "))]")
        }
        let gates = type == "Ready" ? pod.spec.readinessGates : []
        if gates.isEmpty { return condition(type, true) }
        // Nobody can set conditions on one host.
        let missing = gates.map {
            "corresponding condition of pod readiness gate \"\($0.conditionType)\" does not exist."
        }
        return condition(type, false, reason: "ReadinessGatesNotReady", message: missing.joined(separator: ", "))
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
