import PodModel

/// The pod's phase from the states of its containers (kubelet_pods.go, getPhase).
struct PodPhase {
    private var pendingInit = 0
    private var failedInit = 0
    private var pendingSidecars = 0
    private var waiting = 0
    private var running = 0
    private var stopped = 0
    private var restartable = 0
    private var succeeded = 0
    private var hasStartedRegular = false

    init(_ machine: PodMachine, statuses: [String: ContainerStatus]) {
        for container in machine.containers {
            guard let status = statuses[container.name] else { continue }
            // A container that waits for its next instance counts as what its last one came to.
            let end = status.state.terminated ?? (status.state.waiting == nil ? nil : status.lastState.terminated)
            switch container.kind {
            case .initContainer: addInit(container, end)
            case .sidecar: addSidecar(status, end)
            case .regular: addRegular(container, status, end)
            case .ephemeral: break
            }
        }
    }

    private mutating func addInit(_ container: ContainerMachine, _ end: ContainerStateTerminated?) {
        guard let end else { return pendingInit += 1 }
        if end.exitCode == 0 { return }
        if container.shouldRestart(after: Int(end.exitCode)) { pendingInit += 1 } else { failedInit += 1 }
    }

    /// A sidecar that ended says nothing about the pod.
    private mutating func addSidecar(_ status: ContainerStatus, _ end: ContainerStateTerminated?) {
        if end != nil { return }
        if status.state.running == nil {
            waiting += 1
            pendingSidecars += 1
        } else {
            running += 1
            if status.started != true { pendingSidecars += 1 }
        }
    }

    private mutating func addRegular(
        _ container: ContainerMachine, _ status: ContainerStatus, _ end: ContainerStateTerminated?
    ) {
        if let end {
            stopped += 1
            if container.shouldRestart(after: Int(end.exitCode)) { restartable += 1 }
            if end.exitCode == 0 { succeeded += 1 }
        } else if status.state.running != nil {
            running += 1
            hasStartedRegular = true
        } else {
            waiting += 1
        }
    }

    /// - Parameter isOver: nothing of the pod will start again, whatever its restartPolicy says.
    func text(isOver: Bool) -> String {
        if failedInit > 0 { return "Failed" }
        // Sidecars that start anew don't take an initialized pod back to Pending.
        if pendingInit > 0 || pendingSidecars > 0 && !hasStartedRegular || waiting > 0 { return "Pending" }
        if running > 0 { return "Running" }
        if stopped == 0 { return "Pending" }
        if !isOver, restartable > 0 { return "Running" }
        return succeeded == stopped ? "Succeeded" : "Failed"
    }
}
