import PodModel

/// The probes of a pod: when which is to be done, and what their answers mean for the pod. Like the pod's machine it is
/// told the time and does nothing itself.
///
/// It is no part of the machine, which hears of a probe only when its result changes: a pod whose probes succeed every
/// second has the same state all day.
package struct ProbeSchedule: Sendable {
    package enum Effect: Sendable, Equatable {
        /// Answered by ``finished(_:of:process:_:at:)``.
        case run(ProbeKind, container: String, process: UInt64)
        /// The probe that was begun is not wanted any more; not answered.
        case cancel(ProbeKind, container: String)
        case record(PodEvent)
        /// For the pod's machine.
        case report(PodInput)
    }

    private var workers: [ProbeWorker] = []

    /// - Parameters:
    ///   - pod: with defaults.
    ///   - isAdopted: another agent had the pod before. Its probes are spread over their periods then, not all of a
    ///     host's pods at once.
    /// - Returns: nil for a pod without probes.
    package init?(_ pod: Pod, isAdopted: Bool, at now: Instant) {
        for container in pod.spec.initContainers + pod.spec.containers {
            let probes: [(ProbeKind, Probe?)] = [
                (.startup, container.startupProbe), (.liveness, container.livenessProbe),
                (.readiness, container.readinessProbe),
            ]
            let isInit = pod.spec.initContainers.contains { $0.name == container.name }
            for case (let kind, let probe?) in probes {
                let share = Self.share(of: "\(pod.metadata.uid)/\(container.name)/\(kind.rawValue)")
                let delay = isAdopted ? Int64(share * Double(max(probe.periodSeconds, 1)) * 1e9) : 0
                workers.append(
                    ProbeWorker(
                        container: container.name, kind: kind, probe: probe, isInit: isInit,
                        anchor: now.monotonic + delay))
            }
        }
        if workers.isEmpty { return nil }
    }

    /// 0 up to 1, the same for the same text (FNV-1a): where the kubelet takes a random number.
    private static func share(of text: String) -> Double {
        let hash = text.utf8.reduce(0x811c_9dc5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return Double(hash) / Double(1 << 32 as UInt64)
    }

    /// The next moment at which ``advance(at:isTerminating:_:)`` has something to do, CLOCK_MONOTONIC nanoseconds; nil:
    /// not before something changes.
    package var wakeAt: Int64? { workers.compactMap(\.wakeAt).min() }

    /// Looks at the containers, and begins what is due.
    ///
    /// - Parameters:
    ///   - isTerminating: the pod is being stopped. Only readiness is looked at until its end then.
    ///   - target: a container by its name.
    package mutating func advance(
        at now: Instant, isTerminating: Bool, _ target: (String) -> ProbeTarget?
    ) -> [Effect] {
        var effects: [Effect] = []
        for index in workers.indices {
            let name = workers[index].container
            let kind = workers[index].kind
            guard let target = target(name) else { continue }
            if !workers[index].observe(target, isTerminating: isTerminating, at: now) {
                effects.append(.cancel(kind, container: name))
            }
            if workers[index].start(at: now.monotonic) {
                effects.append(.run(kind, container: name, process: target.process))
            }
        }
        return effects
    }

    /// Takes a probe's answer. ``advance(at:isTerminating:_:)`` is to be called after it.
    package mutating func finished(
        _ kind: ProbeKind, of container: String, process: UInt64, _ outcome: ProbeOutcome
    ) -> [Effect] {
        guard
            let index = workers.firstIndex(where: {
                $0.kind == kind && $0.container == container && $0.process == process && $0.isRunning
            })
        else { return [] }
        let step = workers[index].finish(outcome)
        if step == .tryAgain { return [.run(kind, container: container, process: process)] }
        var effects: [Effect] = []
        if let (reason, text) = Self.event(kind, outcome) {
            effects.append(
                .record(
                    PodEvent(
                        type: "Warning", reason: reason, message: text, fieldPath: workers[index].fieldPath)))
        }
        if case .changed(let isSuccess) = step {
            effects.append(
                .report(
                    .probed(container: container, process: process, kind, isSuccess: isSuccess, message: outcome.text)))
        }
        return effects
    }

    /// prober.go, probe(): the kubelet's reasons and sentences.
    private static func event(_ kind: ProbeKind, _ outcome: ProbeOutcome) -> (reason: String, message: String)? {
        switch outcome {
        case .success: nil
        case .warning(let message): ("ProbeWarning", "\(kind.title) probe warning: \(message)")
        case .failure(let message): ("Unhealthy", "\(kind.title) probe failed: \(message)")
        case .error(let message):
            ("Unhealthy", "\(kind.title) probe errored and resulted in unknown state: \(message)")
        }
    }
}

extension ProbeOutcome {
    fileprivate var text: String {
        switch self {
        case .success: ""
        case .warning(let message), .failure(let message), .error(let message): message
        }
    }
}

extension ProbeKind {
    /// As events write it: `Liveness`.
    package var title: String {
        switch self {
        case .startup: "Startup"
        case .liveness: "Liveness"
        case .readiness: "Readiness"
        }
    }
}
