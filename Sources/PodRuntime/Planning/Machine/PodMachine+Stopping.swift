import PodModel

/// Ending containers: the preStop hook, the stop signal, the grace period (kuberuntime_container.go killContainer,
/// kuberuntime_termination_order.go).
extension PodMachine {
    /// What an instance always gets between its stop signal and the kill, however long its hook took, seconds
    /// (kubelet minimumGracePeriodInSeconds).
    static let minimumGraceSeconds = 2

    /// Ends the container's instance in its own time; `advanceStops` goes on with it. Of one that is being ended already
    /// only the grace period may be shortened.
    ///
    /// - Parameters:
    ///   - message: of the Killing event; nil: `Stopping container web`.
    ///   - isReplacement: a new instance is wanted at once, so back-off doesn't count from this one's end.
    mutating func stop(
        _ index: Int, graceSeconds: Int, message: String? = nil, isReplacement: Bool = false, at now: Instant
    ) {
        guard containers[index].isAlive else { return }
        let killAt = now.monotonic + .seconds(graceSeconds)
        if let earlier = containers[index].stop?.killAt {
            let stage = containers[index].stop?.stage
            // After the signal there is always the least of a grace period.
            let least = stage == .signalled ? now.monotonic + .seconds(PodMachine.minimumGraceSeconds) : killAt
            containers[index].stop?.killAt = min(earlier, max(killAt, least))
            return
        }
        containers[index].stop = ContainerStop(
            killAt: killAt, message: message ?? "Stopping container \(containers[index].name)",
            isReplacement: isReplacement)
    }

    /// Goes on with every stop as far as it can go now, and sets the timer for the rest.
    mutating func advanceStops(at now: Instant, _ effects: inout [Effect]) {
        for index in containers.indices where containers[index].stop != nil {
            advanceStop(index, at: now, &effects)
        }
        let deadline = containers.compactMap { $0.stop?.stage == .killed ? nil : $0.stop?.killAt }.min()
        guard deadline != killDeadline else { return }
        killDeadline = deadline
        effects.append(deadline.map { .setTimer(.kill, deadline: $0) } ?? .cancelTimer(.kill))
    }

    private mutating func advanceStop(_ index: Int, at now: Instant, _ effects: inout [Effect]) {
        guard var stop = containers[index].stop else { return }
        let container = containers[index]
        let isOver = stop.killAt <= now.monotonic
        if stop.stage == .requested {
            guard container.hasProcess else { return }
            note(&effects, container.name, "Killing", stop.message)
            if container.phase == .postStart {
                effects.append(.cancelHook(container: container.name, process: container.process, .postStart))
                containers[index].run()
            }
            if container.rules.hasPreStop, !isOver {
                effects.append(.runHook(container: container.name, process: container.process, .preStop))
                stop.stage = .preStop
            } else {
                stop.stage = .turn
            }
        }
        if stop.stage == .preStop, isOver { stop.stage = .turn }
        if stop.stage == .turn, isOver || !waitsForOthers(index) {
            effects.append(.stopContainer(container: container.name, process: container.process))
            stop.stage = .signalled
            stop.killAt = max(stop.killAt, now.monotonic + .seconds(PodMachine.minimumGraceSeconds))
        }
        if stop.stage == .signalled, stop.killAt <= now.monotonic {
            effects.append(.killContainer(container: container.name, process: container.process))
            stop.stage = .killed
        }
        containers[index].stop = stop
    }

    /// When the pod ends, sidecars outlive the regular containers and end in reverse order.
    private func waitsForOthers(_ index: Int) -> Bool {
        guard containers[index].kind == .sidecar, isEnding else { return false }
        return containers.indices.contains {
            let other = containers[$0]
            return other.isAlive && (other.kind == .regular || other.kind == .sidecar && $0 > index)
        }
    }

    /// Kills all containers, without hooks and signals, to start them anew (kubelet RestartAllContainers).
    mutating func restartAll(_ effects: inout [Effect]) {
        isRestartingAll = true
        killAll(&effects)
    }

    /// Kills what lives, without hook, signal or time.
    mutating func killAll(_ effects: inout [Effect]) {
        for index in containers.indices where containers[index].isAlive && containers[index].stop?.stage != .killed {
            let container = containers[index]
            containers[index].stop = ContainerStop(stage: .killed, killAt: 0, message: "", isReplacement: false)
            effects.append(.killContainer(container: container.name, process: container.process))
        }
    }

    // MARK: - The whole pod

    /// Everything of it is to end: it was deleted or failed, or has nothing left to do (computePodActions, KillPod).
    package var isEnding: Bool { deletionTimestamp != nil || failure != nil || isDone }

    /// No container that counts runs or will run again.
    private var isDone: Bool {
        if containers.contains(where: { $0.kind == .initContainer && $0.hasFailedForGood }) { return true }
        return containers.allSatisfy { $0.kind != .regular || $0.phase == .exited && !$0.shouldRestart }
    }

    /// The pod failed or has nothing left to do and none of its containers lives: Succeeded or Failed.
    package var isFinished: Bool { (failure != nil || isDone) && !containers.contains(where: \.isAlive) }

    /// Ends all containers, then gives the sandbox back, then, if the pod was deleted, all that is left of it.
    mutating func end(at now: Instant, _ effects: inout [Effect]) {
        cancelImages(&effects)
        let isAlive = containers.contains(where: \.isAlive)
        if isAlive, deletionGracePeriodSeconds != 0 {
            let grace = deletionGracePeriodSeconds ?? failure?.graceSeconds ?? terminationGracePeriodSeconds
            for index in containers.indices where containers[index].isAlive && containers[index].stop == nil {
                stop(index, graceSeconds: grace, at: now)
            }
            return advanceStops(at: now, &effects)
        }
        if sandbox == .ready || isSandboxBroken {
            removeSandbox(&effects)
        } else if deletionTimestamp != nil {
            isForgotten = true
            effects.append(.forget)
        }
    }

    /// The kubelet's eviction manager gives no grace period, so containers get the least there is (evictPod, gracePeriod 0).
    mutating func evict(_ message: String, _ effects: inout [Effect]) {
        guard deletionTimestamp == nil, failure == nil, !isFinished else { return }
        failure = PodFailure(reason: "Evicted", message: message, graceSeconds: 1)
        cancelImages(&effects)
        effects.append(.record(PodEvent(type: "Warning", reason: "Evicted", message: message)))
    }

    /// The grace period can only be shortened by a later deletion (pod_workers.go, calculateEffectiveGracePeriod). 0 kills
    /// everything at once.
    mutating func delete(gracePeriodSeconds: Int?, at now: Instant, _ effects: inout [Effect]) {
        let grace = max(gracePeriodSeconds ?? terminationGracePeriodSeconds, 0)
        if let earlier = deletionGracePeriodSeconds, earlier <= grace { return }
        deletionGracePeriodSeconds = grace
        deletionTimestamp = deletionTimestamp ?? now.wall.adding(seconds: grace)
        for index in containers.indices { stop(index, graceSeconds: grace, at: now) }
        cancelImages(&effects)
    }

    /// What still lives at this point is killed with the pod's cgroup and not waited for one by one.
    mutating func removeSandbox(_ effects: inout [Effect]) {
        sandbox = .removing
        if killDeadline != nil { effects.append(.cancelTimer(.kill)) }
        killDeadline = nil
        effects.append(.removeSandbox)
    }
}
