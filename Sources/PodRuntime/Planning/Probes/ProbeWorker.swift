import PodModel

/// One probe of one container, through all the container's instances (pkg/kubelet/prober/worker.go): when it runs
/// next, and what its answers come to.
///
/// It ticks every period from when the pod was added, whatever the container does; a tick at which there is nothing to
/// probe passes. One tick that passes while the probe runs is made up for as soon as it ends.
struct ProbeWorker: Sendable {
    /// Tries of a probe that can't be done, before it is given up until the next tick (prober.go, maxProbeRetries).
    private static let maximumTries = 3

    let container: String
    let kind: ProbeKind
    let fieldPath: String
    private let period: Int64
    private let initialDelay: Int
    private let successThreshold: Int
    private let failureThreshold: Int

    /// A moment of a tick. This and all times here: CLOCK_MONOTONIC nanoseconds.
    private var anchor: Int64
    /// Ticks up to here are used up.
    private var lastTick: Int64
    /// Keeper process id of the instance that is probed, 0: none yet.
    private(set) var process: UInt64 = 0
    /// When the instance may be probed; nil: not now.
    private var enabledAt: Int64?
    /// Nothing is probed until there is another instance: this one is to be stopped, or has started.
    private var isOnHold = false
    /// What is known of the instance; nil: nothing yet.
    private var result: Bool?
    private var lastAnswer: Bool?
    /// How often `lastAnswer` came in a row.
    private var run = 0
    /// Try of the probe that is under way, from 1; 0: none is.
    private(set) var tries = 0

    /// - Parameter anchor: the first tick.
    init(container: String, kind: ProbeKind, probe: Probe, isInit: Bool, anchor: Int64) {
        self.container = container
        self.kind = kind
        fieldPath = "spec.\(isInit ? "initContainers" : "containers"){\(container)}"
        period = .seconds(max(Int(probe.periodSeconds), 1))
        initialDelay = Int(probe.initialDelaySeconds)
        successThreshold = Int(probe.successThreshold)
        failureThreshold = Int(probe.failureThreshold)
        self.anchor = anchor
        lastTick = anchor - 1
    }

    var isRunning: Bool { tries > 0 }

    /// When ``start(at:)`` is due; nil: not before something changes.
    var wakeAt: Int64? {
        guard let enabledAt, !isRunning else { return nil }
        let earliest = max(enabledAt, lastTick + 1)
        return anchor + (earliest - anchor + period - 1) / period * period
    }

    /// Takes in what became of the container.
    ///
    /// - Returns: false when a probe is under way that nobody wants any more.
    mutating func observe(_ target: ProbeTarget, isTerminating: Bool, at now: Instant) -> Bool {
        if target.process != process {
            process = target.process
            isOnHold = false
            lastAnswer = nil
            // What an earlier agent found still holds.
            result = kind == .liveness ? true : kind == .readiness ? target.isReady : nil
            enabledAt = nil
        }
        guard !isOnHold, let startedAt = target.startedAt, isWanted(target, isTerminating: isTerminating) else {
            enabledAt = nil
            defer { tries = 0 }
            return !isRunning
        }
        if enabledAt == nil {
            // The kubelet compares whole seconds.
            let elapsed = now.wall.nanosecondsSinceEpoch - Timestamp(seconds: startedAt.seconds).nanosecondsSinceEpoch
            enabledAt = now.monotonic + max(0, .seconds(initialDelay) - elapsed)
            if kind == .readiness, result != true {
                // A container that has just started is looked at now (prober_manager.go, UpdatePodStatus), and every
                // period from here; at the first tick, when an earlier agent's pods are spread.
                anchor = max(anchor, now.monotonic)
            }
        }
        return true
    }

    private func isWanted(_ target: ProbeTarget, isTerminating: Bool) -> Bool {
        switch kind {
        case .startup: !target.isStarted && !isTerminating
        case .liveness: target.isStarted && !isTerminating
        case .readiness: target.isStarted
        }
    }

    /// Begins a probe when one is due.
    mutating func start(at now: Int64) -> Bool {
        guard let wakeAt, wakeAt <= now else { return false }
        lastTick = now
        tries = 1
        return true
    }

    enum Step: Equatable {
        /// The same probe again, at once.
        case tryAgain
        case nothing
        /// The probe's result changed.
        case changed(isSuccess: Bool)
    }

    /// Takes the answer of the probe that is under way.
    mutating func finish(_ outcome: ProbeOutcome) -> Step {
        let isSuccess: Bool
        switch outcome {
        case .error:
            tries = tries < Self.maximumTries ? tries + 1 : 0
            return isRunning ? .tryAgain : .nothing
        case .success, .warning: isSuccess = true
        case .failure: isSuccess = false
        }
        tries = 0
        run = lastAnswer == isSuccess ? run + 1 : 1
        lastAnswer = isSuccess
        guard run >= (isSuccess ? successThreshold : failureThreshold) else { return .nothing }
        if kind == .startup || !isSuccess && kind == .liveness { isOnHold = true }
        guard result != isSuccess else { return .nothing }
        result = isSuccess
        return .changed(isSuccess: isSuccess)
    }
}
