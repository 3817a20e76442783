import PodModel

/// The host was booted since: no process is left, and CLOCK_MONOTONIC begins anew.
extension PodMachine {
    /// Whether something happened after `before` that must be known after a boot. Starts need not: they leave logs.
    package func mustOutliveBoot(since before: PodMachine) -> Bool {
        deletionTimestamp != before.deletionTimestamp || failure != before.failure
            || !containers.elementsEqual(before.containers) {
                $0.termination == nil || $0.termination?.process == $1.termination?.process
            }
    }

    /// What ran then has ended unseen. What is left of the sandbox is taken away, then the pod goes on as its restartPolicy
    /// says: init containers run again, finished pods stay as they are.
    mutating func reboot(_ remains: Remains, at now: Instant, _ effects: inout [Effect]) {
        startTime = startTime ?? remains.createdAt ?? now.wall
        recoverResize()
        if remains.attempts.isEmpty, sandboxAttempts == 0, !remains.isKeeperAlive { return }
        podIP = ""
        sandboxMessage = ""
        isSandboxBroken = false
        sandboxRetryAt = 0
        sandboxBackoff = Backoff()
        imageBackoffs = [:]
        activeDeadline = nil
        retryDeadline = nil
        killDeadline = nil
        for index in containers.indices {
            if containers[index].process == 0, remains.attempts[containers[index].name] != nil {
                // It has one: its status and its next instance must not look like a first one's.
                containers[index].process = nextProcess
                nextProcess += 1
            }
            containers[index].reboot(newest: remains.attempts[containers[index].name], at: now)
        }
        if !isEnding {
            for index in containers.indices where containers[index].isInit { containers[index].phase = .waiting }
            effects.append(.record(.sandboxChanged))
        }
        sandbox = .removing
        effects.append(.removeSandbox)
    }
}

/// What is found of a pod after the host was booted, or when its state could not be read.
package struct Remains: Sendable, Equatable {
    /// By container the number of the newest instance that left a log.
    package var attempts: [String: Int]
    /// When the pod was created.
    package var createdAt: Timestamp?
    /// It was no boot: a sandbox stands that nothing is known of.
    package var isKeeperAlive: Bool

    package init(attempts: [String: Int], createdAt: Timestamp?, isKeeperAlive: Bool = false) {
        self.attempts = attempts
        self.createdAt = createdAt
        self.isKeeperAlive = isKeeperAlive
    }
}

extension ContainerMachine {
    fileprivate mutating func reboot(newest: Int?, at now: Instant) {
        let isUnknown = newest.map { $0 > attempt || termination == nil } ?? false
        if let newest, isUnknown {
            if let termination { lastTermination = termination }
            attempt = newest
        }
        if isAlive || isUnknown {
            endUnseen(at: now)
        } else {
            phase = termination == nil ? .waiting : .exited
        }
        wait(reason: "", message: "")
        failedVolumeImage = nil
        hasBegun = false
        isReplaced = false
        stop = nil
        backoffSince = nil
        restartBackoff = Backoff()
        retryAt = 0
    }
}

extension PodEvent {
    static let sandboxChanged = PodEvent(
        reason: "SandboxChanged", message: "Pod sandbox changed, it will be killed and re-created.")
}
