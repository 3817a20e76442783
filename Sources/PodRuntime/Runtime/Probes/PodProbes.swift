import PodLinux
import PodModel
import PodPlanning

/// A pod's probes at work: carries out what its schedule says, and tells the pod's machine what changed.
@MainActor
final class PodProbes {
    private struct Key: Hashable {
        let container: String
        let kind: ProbeKind
    }

    private unowned let runner: PodRunner
    private var schedule: ProbeSchedule
    private var timer: (id: TimerID, deadline: Int64)?
    private var attempts: [Key: Attempt] = [:]

    /// nil: the pod has no probes. `isAdopted`: an agent before this one had the pod.
    init?(runner: PodRunner, isAdopted: Bool) {
        guard let schedule = ProbeSchedule(runner.pod, isAdopted: isAdopted, at: runner.host.now()) else { return nil }
        self.runner = runner
        self.schedule = schedule
    }

    /// To be called after each turn of the machine: looks at the containers and begins what is due.
    func advance() {
        let machine = runner.machine
        perform(
            schedule.advance(at: runner.host.now(), isTerminating: machine.isEnding) { name in
                machine.container(name).map { ProbeTarget($0, hasSandbox: machine.sandbox == .ready) }
            })
        setTimer()
    }

    private func setTimer() {
        let deadline = runner.machine.isForgotten ? nil : schedule.wakeAt
        guard deadline != timer?.deadline else { return }
        if let timer { runner.host.loop.cancel(timer.id) }
        timer = deadline.map { deadline in
            let id = runner.host.loop.schedule(at: MonotonicInstant(nanoseconds: deadline)) { [weak self] in
                self?.timer = nil
                self?.advance()
            }
            return (id, deadline)
        }
    }

    private func perform(_ effects: [ProbeSchedule.Effect]) {
        for effect in effects {
            switch effect {
            case .run(let kind, let container, let process): run(kind, of: container, process: process)
            case .cancel(let kind, let container):
                attempts.removeValue(forKey: Key(container: container, kind: kind))?.cancel()
            case .record(let event): runner.record(event)
            case .report(let input): runner.handle(input)
            }
        }
    }

    private func run(_ kind: ProbeKind, of name: String, process: UInt64) {
        guard let container = runner.pod.container(name), let probe = container.probe(kind) else { return }
        let key = Key(container: name, kind: kind)
        let attempt = Attempt(loop: runner.host.loop) { [weak self] outcome in
            guard let self else { return }
            self.attempts[key] = nil
            self.perform(self.schedule.finished(kind, of: name, process: process, outcome))
            self.advance()
        }
        attempts[key] = attempt
        runner.start(probe, of: container, process: process, attempt)
    }
}

extension ProbeTarget {
    fileprivate init(_ container: ContainerMachine, hasSandbox: Bool) {
        self.init(
            process: container.process,
            startedAt: hasSandbox && container.phase == .running ? container.startedAt : nil,
            isStarted: container.isStarted, isReady: container.isReady)
    }
}

extension Container {
    fileprivate func probe(_ kind: ProbeKind) -> Probe? {
        switch kind {
        case .startup: startupProbe
        case .liveness: livenessProbe
        case .readiness: readinessProbe
        }
    }
}
