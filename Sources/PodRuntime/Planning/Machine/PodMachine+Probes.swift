import PodModel

/// What probes and hooks do to the container they belong to (kubelet prober_manager.go, kuberuntime_container.go).
extension PodMachine {
    mutating func probed(
        _ name: String, _ process: UInt64, _ kind: ProbeKind, isSuccess: Bool, at now: Instant,
        _ effects: inout [Effect]
    ) {
        guard let index = containers.firstIndex(where: { $0.name == name && $0.process == process }),
            containers[index].phase == .running
        else { return }
        switch kind {
        case .readiness:
            containers[index].isReady = isSuccess && containers[index].isStarted
        case .startup where isSuccess:
            guard !containers[index].isStarted else { return }
            containers[index].isStarted = true
            containers[index].isReady = !containers[index].rules.hasReadinessProbe
        case .liveness where isSuccess:
            break
        case .startup, .liveness:
            // A pod that ends or a container that is ended already has its grace period.
            guard containers[index].stop == nil, !isEnding else { return }
            let rules = containers[index].rules
            let isRegular = containers[index].kind == .regular
            let isReplacement = rules.restartPolicy != "Never"
            var message = "\(isRegular ? "Container" : "Init container") \(name) failed \(kind.rawValue) probe"
            if isRegular, isReplacement { message += ", will be restarted" }
            let grace = kind == .startup ? rules.startupGraceSeconds : rules.livenessGraceSeconds
            stop(
                index, graceSeconds: grace ?? terminationGracePeriodSeconds, message: message,
                isReplacement: isReplacement, at: now)
        }
    }

    mutating func hookEnded(
        _ name: String, _ process: UInt64, _ hook: Hook, _ outcome: HookOutcome, at now: Instant,
        _ effects: inout [Effect]
    ) {
        guard let index = containers.firstIndex(where: { $0.name == name && $0.process == process }) else { return }
        switch hook {
        case .preStop:
            guard containers[index].stop?.stage == .preStop else { return }
            if case .failed = outcome {
                note(&effects, name, "FailedPreStopHook", "PreStopHook failed", type: "Warning")
            }
            containers[index].stop?.stage = .turn
        case .postStart:
            guard containers[index].phase == .postStart else { return }
            containers[index].run()
            guard case .failed(let message) = outcome else { return }
            postStartFailed(index, message: message, &effects)
            stop(index, graceSeconds: terminationGracePeriodSeconds, message: "FailedPostStartHook", at: now)
        }
    }

    /// An instance ended. Its hooks end with it.
    mutating func exited(
        _ name: String, _ process: UInt64, _ exit: ProcessExit, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let index = containers.firstIndex(where: { $0.name == name && $0.process == process }),
            containers[index].isAlive
        else { return }
        if containers[index].phase == .postStart {
            effects.append(.cancelHook(container: name, process: process, .postStart))
            postStartFailed(index, message: "container ended", &effects)
        }
        if containers[index].stop?.stage == .preStop {
            effects.append(.cancelHook(container: name, process: process, .preStop))
        }
        let failure = containers[index].postStartFailure
        containers[index].end(exit, at: now)
        if let failure, containers[index].shouldRestart {
            containers[index].wait(reason: "PostStartHookError", message: failure)
        }
        if containers[index].asksToRestartAll, !isEnding, !isRestartingAll { restartAll(&effects) }
    }

    /// The event doesn't say why, the state that the container waits in does.
    private mutating func postStartFailed(_ index: Int, message: String, _ effects: inout [Effect]) {
        containers[index].postStartFailure = message
        note(&effects, containers[index].name, "FailedPostStartHook", "PostStartHook failed", type: "Warning")
    }
}
