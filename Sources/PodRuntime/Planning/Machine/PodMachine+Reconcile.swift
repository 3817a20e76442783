import PodModel

extension PodMachine {
    /// Brings the pod one step nearer to what it should be: the kubelet's computePodActions, done after every input.
    mutating func reconcile(at now: Instant, _ effects: inout [Effect]) {
        guard !isForgotten, sandbox != .removing, sandbox != .creating || isSandboxBroken else { return }
        var earliest = Int64.max
        checkDeadline(at: now, &effects, &earliest)
        if isEnding {
            end(at: now, &effects)
        } else if isSandboxBroken {
            discardSandbox(&effects)
        } else if sandbox == .absent {
            if sandboxRetryAt <= now.monotonic {
                sandbox = .creating
                sandboxAttempts += 1
                effects.append(.createSandbox)
            } else {
                earliest = sandboxRetryAt
            }
            resolveImages(at: now, &effects, &earliest)
        } else if isRestartingAll, containers.contains(where: \.isAlive) {
            advanceStops(at: now, &effects)
        } else {
            beginAnew()
            advanceResize(at: now, &effects, &earliest)
            resolveImages(at: now, &effects, &earliest)
            startContainers(at: now, &effects, &earliest)
            advanceStops(at: now, &effects)
        }
        setRetry(earliest == .max ? nil : earliest, &effects)
    }

    private mutating func setRetry(_ deadline: Int64?, _ effects: inout [Effect]) {
        guard deadline != retryDeadline else { return }
        retryDeadline = deadline
        effects.append(deadline.map { .setTimer(.retry, deadline: $0) } ?? .cancelTimer(.retry))
    }

    /// The pod's deadline counts on the wall clock from its start (pkg/kubelet/active_deadline.go); from then on it is a
    /// moment of the monotonic clock, which nobody sets.
    private mutating func checkDeadline(at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        guard let seconds = activeDeadlineSeconds, let startTime, !isEnding else { return }
        let age = now.wall.nanosecondsSinceEpoch - startTime.nanosecondsSinceEpoch
        let deadline = activeDeadline ?? now.monotonic + .seconds(seconds) - age
        activeDeadline = deadline
        if deadline > now.monotonic { return earliest = deadline }
        let failure = PodFailure.deadlineExceeded
        self.failure = failure
        effects.append(.record(PodEvent(reason: failure.reason, message: failure.message)))
    }

    /// All containers were killed for one's restart rule: init containers run again, everything is started anew. Only the
    /// container that asked for it is held by its back-off.
    private mutating func beginAnew() {
        guard isRestartingAll else { return }
        isRestartingAll = false
        for index in containers.indices where containers[index].phase == .exited {
            let container = containers[index]
            if container.kind == .ephemeral { continue }
            containers[index].hasBegun = false
            containers[index].isReplaced = true
            if !container.asksToRestartAll { containers[index].backoffSince = nil }
        }
    }

    // MARK: - Starting

    private mutating func startContainers(at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        // Whatever goes wrong with the rest, one may be needed to find out why.
        for index in containers.indices where containers[index].kind == .ephemeral {
            start(index, at: now, &effects, &earliest)
        }
        guard initialize(at: now, &effects, &earliest) else { return }
        for index in containers.indices where containers[index].kind == .regular {
            start(index, at: now, &effects, &earliest)
            if containers[index].holdsLaterOnes { return }
        }
    }

    /// Brings the init containers one step on, and sidecars that ended back (kubelet computeInitContainerActions).
    ///
    /// - Returns: whether regular containers may start.
    private mutating func initialize(at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) -> Bool {
        let order = containers.indices.filter { containers[$0].isInit }
        guard let last = order.last else { return true }
        var isInitialized = containers.contains { $0.kind == .regular && $0.isAlive }
        // From the last to the first: the last one that has begun says how far the pod is, those before it are done.
        var isPassed = isInitialized
        var due: [Int] = []
        for index in order.reversed() {
            let container = containers[index]
            if !container.hasBegun {
                if isPassed, container.kind == .sidecar { due.append(index) }
                continue
            }
            if isPassed, container.kind == .initContainer { continue }
            if container.isAlive ? container.kind == .sidecar && container.isStarted : container.hasSucceededInit {
                if index == last {
                    isInitialized = true
                } else if !isPassed {
                    due.append(index + 1)
                }
            } else if !container.isAlive {
                due.append(index)
            }
            isPassed = true
        }
        if !isPassed, let first = order.first { due.append(first) }
        for index in due { start(index, at: now, &effects, &earliest) }
        return isInitialized
    }

    private mutating func start(_ index: Int, at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        let container = containers[index]
        switch container.phase {
        case .startable:
            guard container.retryAt <= now.monotonic else {
                earliest = min(earliest, container.retryAt)
                return
            }
        case .exited where container.shouldRestart:
            if let since = container.backoffSince {
                if container.restartBackoff.deadline(since: since, now: now.monotonic) != nil {
                    crashLoop(index, &effects)
                    containers[index].backoffSince = container.endedAt
                    containers[index].isReplaced = false
                    earliest = min(earliest, container.endedAt + container.restartBackoff.duration)
                    return
                }
                containers[index].restartBackoff.advance(at: now.monotonic)
            }
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
        effects += backOffEvents(of: containers[index]).map(Effect.record)
    }

    /// pause is gone: the containers go too, at once, and come back in a new sandbox (with restartPolicy Never they don't).
    private mutating func discardSandbox(_ effects: inout [Effect]) {
        killAll(&effects)
        if !containers.contains(where: \.isAlive) { removeSandbox(&effects) }
    }
}
