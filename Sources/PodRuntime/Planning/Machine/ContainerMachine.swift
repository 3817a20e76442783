import PodModel

/// One container of a pod, through all its instances.
///
///     waiting --> resolving --(image)--> startable --> starting --> postStart --> running --> exited
///        ^         |     ^                   ^            |                                     |
///        '- ErrImagePull |                   '- back-off -'                                     |
///                        '--------------- back-off, for every instance -------------------------'
package struct ContainerMachine: Codable, Sendable, Equatable {
    package enum Phase: String, Codable, Sendable {
        /// No image yet; `waiting` says why if something is wrong.
        case waiting
        /// Its image was asked for: before each instance, as the kubelet does.
        case resolving
        /// Has its image and may start when it is its turn and no back-off holds it.
        case startable
        /// Handed to the keeper.
        case starting
        /// Its process runs and so does its postStart hook; until that ends it counts as starting.
        case postStart
        case running
        /// The last instance ended; whether another follows is the pod's restartPolicy's decision.
        case exited
    }

    package enum Kind: String, Codable, Sendable {
        case initContainer
        /// An init container with restartPolicy Always: runs beside the regular ones and never holds the pod.
        case sidecar
        case regular
        case ephemeral
    }

    /// The end of one instance, as status shows it.
    package struct Termination: Codable, Sendable, Equatable {
        package var exitCode: Int
        package var signal: Int
        package var reason: String
        package var message: String
        package var startedAt: Timestamp?
        package var finishedAt: Timestamp?
        package var process: UInt64
        package var attempt: Int

        static let unseenMessage = "The container could not be located when the pod was terminated"
    }

    package let name: String
    package let kind: Kind
    package internal(set) var rules: ContainerRules
    /// What it is allocated: its next instance starts with that.
    package internal(set) var resources: ResourceRequirements
    /// What its instance has as long as that is not what the container is allocated; nil: it is.
    package internal(set) var formerResources: ResourceRequirements? = nil
    package internal(set) var phase = Phase.waiting
    package internal(set) var imageID = ""
    /// Of its image volumes.
    package internal(set) var volumeImageIDs: [String]? = nil
    /// STOPSIGNAL of its image, as Kubernetes names signals; nil: it has none.
    package internal(set) var imageStopSignal: String? = nil
    /// The image volume's image that could not be had; nil: its own image, or nothing failed.
    var failedVolumeImage: String? = nil
    /// Keeper process id of the newest instance, 0 before the first.
    package internal(set) var process: UInt64 = 0
    /// Restart count of the newest instance: also the number of its log file.
    package internal(set) var attempt = 0
    package internal(set) var startedAt: Timestamp?
    /// Begun in the sandbox that stands: of init containers one that is not has to run (again).
    var hasBegun = false
    /// Runs, its postStart hook is done and its startup probe succeeded.
    package internal(set) var isStarted = false
    /// Runs, is started and its readiness probe says so.
    package internal(set) var isReady = false
    /// Why its postStart hook failed; nil: it did not.
    var postStartFailure: String?
    /// Set while podrun ends the instance.
    package internal(set) var stop: ContainerStop?
    /// Why it waits, in kubelet words; empty = ContainerCreating or PodInitializing.
    package internal(set) var waitingReason = ""
    package internal(set) var waitingMessage = ""
    /// The newest instance's end.
    package internal(set) var termination: Termination?
    /// The end of the instance before.
    package internal(set) var lastTermination: Termination?
    /// When the newest instance ended, CLOCK_MONOTONIC nanoseconds.
    var endedAt: Int64 = 0
    /// podrun ended the newest instance to start another one, whatever its exit code.
    var isReplaced = false
    /// From when the back-off of the next instance counts: the newest one's end, but after podrun ended it to start it anew,
    /// the end of the one before (kubelet: killing and starting are one sync that knows only of instances ended earlier).
    /// nil: nothing holds the next.
    var backoffSince: Int64?
    var restartBackoff = Backoff()
    /// Nothing is tried before this moment (image and create errors), CLOCK_MONOTONIC nanoseconds.
    var retryAt: Int64 = 0

    package init(
        name: String, kind: Kind, rules: ContainerRules, resources: ResourceRequirements = ResourceRequirements()
    ) {
        self.name = name
        self.kind = kind
        self.rules = rules
        self.resources = resources
    }

    /// A process exists or may exist.
    package var isAlive: Bool { phase == .starting || hasProcess }

    package var hasProcess: Bool { phase == .running || phase == .postStart }

    /// The signal it is ended with.
    ///
    /// - Parameter container: what the pod says about it.
    package func stopSignal(_ container: Container?) -> String {
        container?.lifecycle?.stopSignal ?? imageStopSignal ?? "SIGTERM"
    }

    /// An instance of it runs or ran.
    var hasRun: Bool { hasProcess || termination != nil || lastTermination != nil }

    var isInit: Bool { kind == .initContainer || kind == .sidecar }

    /// The number of ended instances that another one followed: `restartCount` in status.
    package var restartCount: Int { attempt }

    var hasSucceeded: Bool { phase == .exited && termination?.exitCode == 0 }

    /// An init container that is no sidecar and need not run again.
    var hasSucceededInit: Bool { kind == .initContainer && hasSucceeded }

    /// It works on what the containers behind it wait for.
    package var holdsOthers: Bool {
        switch kind {
        case .initContainer: hasProcess
        case .sidecar: hasProcess && !isStarted
        case .regular, .ephemeral: phase == .postStart
        }
    }

    var hasFailedForGood: Bool { phase == .exited && !hasSucceeded && !shouldRestart }

    /// While it gets as far as the end of its postStart hook, no container behind it is started.
    var holdsLaterOnes: Bool {
        rules.hasPostStart && (phase == .resolving || phase == .starting || phase == .postStart)
    }

    /// Whether another instance follows the one that ended (kubelet `ContainerShouldRestart`; of init containers that
    /// are no sidecars Always means OnFailure).
    var shouldRestart: Bool {
        guard phase == .exited, let termination else { return false }
        return isReplaced || shouldRestart(after: termination.exitCode)
    }

    func shouldRestart(after exitCode: Int) -> Bool {
        if rules.restartPolicyRules.contains(where: { $0.matches(exitCode) }) { return true }
        switch rules.restartPolicy {
        case "Never": return false
        case "OnFailure": return exitCode != 0
        default: return kind != .initContainer || exitCode != 0
        }
    }

    /// Its restart rules want all of the pod's containers to start anew.
    var asksToRestartAll: Bool {
        guard phase == .exited, let termination else { return false }
        return rules.restartPolicyRules.first { $0.matches(termination.exitCode) }?.action == "RestartAllContainers"
    }

    mutating func wait(reason: String, message: String) {
        waitingReason = reason
        waitingMessage = message
    }

    /// Another image or other resources: the next instance is not held for what the ones before came to (the kubelet's
    /// back-off key has both).
    mutating func forgetBackoff() {
        restartBackoff = Backoff()
        retryAt = 0
        if phase == .exited, waitingReason == "CrashLoopBackOff" { wait(reason: "", message: "") }
    }

    mutating func begin(process: UInt64) {
        if termination != nil {
            lastTermination = termination
            termination = nil
            attempt += 1
        }
        self.process = process
        phase = .starting
        hasBegun = true
        formerResources = nil
        postStartFailure = nil
        startedAt = nil
        wait(reason: "", message: "")
    }

    /// The process runs and, if it has one, its postStart hook is done.
    mutating func run() {
        phase = .running
        isStarted = !rules.hasStartupProbe
        isReady = isStarted && !rules.hasReadinessProbe
    }

    mutating func end(_ termination: Termination, at now: Instant) {
        phase = .exited
        self.termination = termination
        let endBefore = lastTermination == nil ? nil : endedAt
        endedAt = now.monotonic
        isReplaced = stop?.isReplacement == true
        backoffSince = isReplaced ? endBefore : endedAt
        startedAt = nil
        isStarted = false
        isReady = false
        formerResources = nil
        stop = nil
    }

    mutating func end(_ exit: ProcessExit, at now: Instant) {
        let reason = exit.isOutOfMemory ? "OOMKilled" : exit.code == 0 ? "Completed" : "Error"
        end(
            Termination(
                exitCode: exit.code, signal: exit.signal, reason: reason, message: exit.message,
                startedAt: exit.startedAt,
                finishedAt: exit.finishedAt, process: process, attempt: attempt), at: now)
    }

    /// The runtime could not run the command: containerd shows it as an exit with code 128.
    mutating func endBeforeStart(_ cause: StartFailureCause, at now: Instant) {
        end(
            Termination(
                exitCode: 128, signal: 0, reason: cause.reason, message: cause.message, startedAt: now.wall,
                finishedAt: now.wall, process: process, attempt: attempt), at: now)
    }

    /// Nobody saw how it ended (kubelet: ContainerStatusUnknown, 137).
    mutating func endUnseen(at now: Instant) {
        end(
            Termination(
                exitCode: 137, signal: 9, reason: "ContainerStatusUnknown",
                message: Termination.unseenMessage, startedAt: startedAt,
                finishedAt: now.wall, process: process, attempt: attempt), at: now)
    }
}

extension ContainerRestartRule {
    fileprivate func matches(_ exitCode: Int) -> Bool {
        guard let exitCodes else { return false }
        let isListed = exitCodes.values.contains { Int($0) == exitCode }
        return exitCodes.operator == "NotIn" ? !isListed : isListed
    }
}
