import PodModel

/// One container of a pod, through all its instances.
///
///     waiting --> resolving --(image)--> startable --> starting --> running --> exited
///        ^         |     ^                   ^            |                       |
///        '- ErrImagePull |                   '- back-off -'                       |
///                        '------------ back-off, for every instance --------------'
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
        case running
        /// The last instance ended; whether another follows is the pod's restartPolicy's decision.
        case exited
    }

    package enum Kind: String, Codable, Sendable {
        case initContainer
        case regular
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
    }

    package let name: String
    package let kind: Kind
    package internal(set) var phase = Phase.waiting
    package internal(set) var imageID = ""
    /// Of its image volumes.
    package internal(set) var volumeImageIDs: [String]? = nil
    /// The image volume's image that could not be had; nil: its own image, or nothing failed.
    var failedVolumeImage: String? = nil
    /// Keeper process id of the newest instance, 0 before the first.
    package internal(set) var process: UInt64 = 0
    /// Restart count of the newest instance: also the number of its log file.
    package internal(set) var attempt = 0
    package internal(set) var startedAt: Timestamp?
    /// Why it waits, in kubelet words; empty = ContainerCreating or PodInitializing.
    package internal(set) var waitingReason = ""
    package internal(set) var waitingMessage = ""
    /// The newest instance's end.
    package internal(set) var termination: Termination?
    /// The end of the instance before.
    package internal(set) var lastTermination: Termination?
    /// When the newest instance ended, CLOCK_MONOTONIC nanoseconds.
    var endedAt: Int64 = 0
    var restartBackoff = Backoff()
    /// Nothing is tried before this moment (image and create errors), CLOCK_MONOTONIC nanoseconds.
    var retryAt: Int64 = 0

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// A process exists or may exist.
    package var isAlive: Bool { phase == .starting || phase == .running }

    /// The number of ended instances that another one followed: `restartCount` in status.
    package var restartCount: Int { attempt }

    var hasSucceeded: Bool { phase == .exited && termination?.exitCode == 0 }

    /// Whether another instance follows the one that ended, as the pod's restartPolicy says
    /// (init containers: Always means OnFailure; kubelet `shouldContainerBeRestarted`).
    func shouldRestart(policy: String) -> Bool {
        guard phase == .exited else { return false }
        switch (policy, kind) {
        case ("Never", _): return false
        case ("OnFailure", _), (_, .initContainer): return !hasSucceeded
        default: return true
        }
    }

    mutating func wait(reason: String, message: String) {
        waitingReason = reason
        waitingMessage = message
    }

    mutating func begin(process: UInt64) {
        if termination != nil {
            lastTermination = termination
            termination = nil
            attempt += 1
        }
        self.process = process
        phase = .starting
        startedAt = nil
        wait(reason: "", message: "")
    }

    mutating func end(_ termination: Termination, at now: Instant) {
        phase = .exited
        self.termination = termination
        endedAt = now.monotonic
        startedAt = nil
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
                message: "The container could not be located when the pod was terminated", startedAt: startedAt,
                finishedAt: now.wall, process: process, attempt: attempt), at: now)
    }
}
