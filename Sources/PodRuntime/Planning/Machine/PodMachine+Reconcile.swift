import PodModel

extension PodMachine {
    /// Brings the pod one step nearer to what it should be: the kubelet's computePodActions, done after every input.
    mutating func reconcile(at now: Instant, _ effects: inout [Effect]) {
        guard !isForgotten, sandbox != .removing, sandbox != .creating || isSandboxBroken else { return }
        var earliest = Int64.max
        if deletionTimestamp != nil {
            terminate(at: now, &effects)
        } else if isSandboxBroken {
            discardSandbox(&effects)
        } else if evictionMessage != nil, !isFinished {
            if !isStopping(at: now, &effects) { removeSandbox(&effects) }
        } else if isFinished {
            cancelImages(&effects)
            if sandbox == .ready { removeSandbox(&effects) }
        } else if sandbox == .absent {
            if sandboxRetryAt <= now.monotonic {
                sandbox = .creating
                sandboxAttempts += 1
                effects.append(.createSandbox)
            } else {
                earliest = sandboxRetryAt
            }
            resolveImages(at: now, &effects, &earliest)
        } else {
            resolveImages(at: now, &effects, &earliest)
            startContainers(at: now, &effects, &earliest)
        }
        setRetry(earliest == .max ? nil : earliest, &effects)
    }

    private mutating func setRetry(_ deadline: Int64?, _ effects: inout [Effect]) {
        guard deadline != retryDeadline else { return }
        retryDeadline = deadline
        effects.append(deadline.map { .setTimer(.retry, deadline: $0) } ?? .cancelTimer(.retry))
    }

    /// No container runs and none will again: Succeeded or Failed.
    package var isFinished: Bool {
        if containers.contains(where: \.isAlive) { return false }
        if evictionMessage != nil { return true }
        let initContainers = containers.filter { $0.kind == .initContainer }
        if initContainers.contains(where: { $0.phase == .exited && !$0.hasSucceeded && restartPolicy == "Never" }) {
            return true
        }
        return containers.filter { $0.kind == .regular }
            .allSatisfy { $0.phase == .exited && !$0.shouldRestart(policy: restartPolicy) }
    }

    // MARK: - Starting

    private mutating func startContainers(at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        // Init containers one by one, in order; regular ones all together after the last.
        for index in containers.indices where containers[index].kind == .initContainer {
            if containers[index].hasSucceeded { continue }
            start(index, at: now, &effects, &earliest)
            return
        }
        for index in containers.indices where containers[index].kind == .regular {
            start(index, at: now, &effects, &earliest)
        }
    }

    private mutating func start(_ index: Int, at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        let container = containers[index]
        switch container.phase {
        case .startable:
            guard container.retryAt <= now.monotonic else {
                earliest = min(earliest, container.retryAt)
                return
            }
        case .exited where container.shouldRestart(policy: restartPolicy):
            if let deadline = container.restartBackoff.deadline(since: container.endedAt, now: now.monotonic) {
                crashLoop(index, &effects)
                earliest = min(earliest, deadline)
                return
            }
            containers[index].restartBackoff.advance(at: now.monotonic)
            resolveImage(index, &effects)
            return
        default:
            return
        }
        let process = nextProcess
        nextProcess += 1
        containers[index].begin(process: process)
        effects.append(
            .startContainer(container: container.name, attempt: containers[index].attempt, process: process))
    }

    private mutating func crashLoop(_ index: Int, _ effects: inout [Effect]) {
        guard containers[index].waitingReason != "CrashLoopBackOff" else { return }
        let name = containers[index].name
        let seconds = containers[index].restartBackoff.duration / .seconds(1)
        let delay = seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
        containers[index].wait(
            reason: "CrashLoopBackOff",
            message: "back-off \(delay) restarting failed container=\(name) pod=\(displayName)")
        note(
            &effects, name, "BackOff", "Back-off restarting failed container \(name) in pod \(displayName)",
            type: "Warning")
    }

    // MARK: - Ending

    /// Deletion: stop signal, grace period, kill, then the sandbox.
    private mutating func terminate(at now: Instant, _ effects: inout [Effect]) {
        if isStopping(at: now, &effects) { return }
        if sandbox == .ready || isSandboxBroken {
            removeSandbox(&effects)
        } else {
            isForgotten = true
            effects.append(.forget)
        }
    }

    /// Tells containers to stop; true as long as one may still do so in its time.
    private mutating func isStopping(at now: Instant, _ effects: inout [Effect]) -> Bool {
        let alive = containers.filter(\.isAlive)
        if let killAt, killAt > now.monotonic, !alive.isEmpty {
            for container in alive where container.phase == .running && stopped.insert(container.process).inserted {
                note(&effects, container.name, "Killing", "Stopping container \(container.name)")
                effects.append(.stopContainer(container: container.name, process: container.process))
            }
            effects.append(.setTimer(.kill, deadline: killAt))
            return true
        }
        if !stopped.isEmpty { effects.append(.cancelTimer(.kill)) }
        return false
    }

    /// pause is gone: the containers go too, at once, and come back in a new sandbox (with restartPolicy Never they don't).
    private mutating func discardSandbox(_ effects: inout [Effect]) {
        let alive = containers.filter(\.isAlive)
        for container in alive where stopped.insert(container.process).inserted {
            effects.append(.killContainer(container: container.name, process: container.process))
        }
        if alive.isEmpty { removeSandbox(&effects) }
    }

    private mutating func removeSandbox(_ effects: inout [Effect]) {
        // What still lives at this point is killed with the pod's cgroup and not waited for one by one.
        sandbox = .removing
        effects.append(.removeSandbox)
    }
}
