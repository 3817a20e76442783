import PodImages
import PodLinux
import PodModel
import PodPlanning

/// One pod in the agent: feeds its machine, writes the state down, carries the effects out.
///
///     input --> machine --> state.json --> effects --> keeper, network, cgroups
///       ^                                                     |
///       '------------------- events, timers ------------------'
@MainActor
final class PodRunner {
    private(set) var object: PodObject
    let host: Host
    private(set) var machine: PodMachine
    private(set) var status: PodStatus

    var pod: Pod { object.pod }
    /// The pod as clients see it.
    var view: Pod {
        var view = object.pod
        view.status = status
        view.metadata.deletionTimestamp = machine.deletionTimestamp
        view.metadata.deletionGracePeriodSeconds = machine.deletionGracePeriodSeconds.map(Int64.init)
        return view
    }

    /// Whether another pod that is not finished has a claim of this one's namespace.
    var isClaimUsedByOthers: (String) -> Bool = { _ in false }
    /// All other pods that are not finished, with the resources that they are allocated.
    var neighbours: () -> [Pod] = { [] }
    /// Called after each change of the status; `true` when the pod is forgotten.
    var onChange: (PodRunner) -> Void = { _ in }

    /// Power loss can't take the pod any more; the user is told of the pod then.
    private(set) var isDurable = false
    private(set) var flushFailure: String?

    /// Set while a new agent waits for the pod's keeper to say what lives.
    var onRecovered: (@MainActor () -> Void)?

    // What an effect left to be used by the next. Not state: a new agent finds or makes all of it again.
    var sandbox: Sandbox?
    var images: [String: ImageFacts] = [:]
    /// By volume name.
    var volumeImages: [String: ImageFacts] = [:]
    var execs: [UInt64: ExecSession] = [:]
    /// The objects that each volume shows, by its name.
    var shownObjects: [String: PodConfiguration] = [:]
    /// The newest failure of each volume that a FailedMount event told of while its pod runs.
    var toldFailures: [String: String] = [:]
    /// Since when, in monotonic nanoseconds, the pod has waited for volumes; nil when it has them.
    var mountsFailSince: Int64?
    /// Keepers that ended one after the other before the sandbox stood.
    var keepersLost = 0
    var frozenConfiguration = FrozenConfiguration()
    /// Hooks that run.
    var hooks: [HookKey: Attempt] = [:]
    /// nil: the pod has no probes.
    private var probes: PodProbes?
    /// The next exec's keeper process id; apart from the machine's ids.
    var nextExec: UInt64

    /// nil: the pod is not traced.
    let timeline: PodTimeline?

    private var timers: [PodTimer: TimerID] = [:]
    private var saveTimer: TimerID?
    /// Set while a container is held back.
    var backOffTimer: TimerID?
    /// Nanoseconds for which observations wait for more of them.
    private static let saveDelay: Int64 = 20_000_000
    private var pending: [PodInput] = []
    private var isHandling = false

    init(object: PodObject, state: PodState?, host: Host) {
        self.object = object
        self.host = host
        machine = state?.machine ?? PodMachine(pod: object.pod)
        timeline = PodTimeline(of: object.pod, paths: host.paths)
        status = PodStatus()
        status.conditions = state?.conditions ?? []
        nextExec = ExecSession.firstProcess
        if state != nil { project(at: host.now()) }
        probes = PodProbes(runner: self, isAdopted: state != nil)
    }

    /// Takes an input; what its effects answer at once is taken in the same turn.
    ///
    /// The state is on disk before an effect that can't be taken back starts. What was only observed (starts, exits) is in
    /// the keeper's records too and is written once the loop has nothing better to do.
    func handle(_ input: PodInput) {
        pending.append(input)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        while !pending.isEmpty {
            let now = host.now()
            let before = machine
            var effects: [Effect] = []
            for input in pending { effects += machine.handle(input, at: now) }
            pending = []
            if machine.mustOutliveBoot(since: before) { keepRecord() }
            if machine != before { changed(at: now, mustSave: effects.contains(where: \.needsState)) }
            for effect in effects {
                try? effect.failpoints?.before.pass()
                if timeline != nil, let name = effect.timelineName {
                    measured(name) { perform(effect, at: now) }
                } else {
                    perform(effect, at: now)
                }
                try? effect.failpoints?.after.pass()
            }
            if pending.isEmpty {
                probes?.advance()
                tellBackOffs()
            }
        }
    }

    /// For after a boot. Not flushed, as the state is not: the last seconds before a power cut may be missing.
    private func keepRecord() {
        do {
            try Failpoint.beforeRecord.pass()
            try host.store.keep(
                PodState(bootID: host.store.bootID, machine: machine, conditions: status.conditions), of: pod)
            try Failpoint.afterRecord.pass()
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
        }
    }

    func record(_ event: PodEvent) {
        host.events.record(event, of: pod, at: host.now().wall)
    }

    private func changed(at now: Instant, mustSave: Bool) {
        project(at: now)
        // Nobody is told that a pod is gone before it is: see forget().
        if machine.isForgotten { return }
        if mustSave { save() } else { saveSoon() }
        onChange(self)
    }

    /// Takes a change of the pod that was admitted.
    /// - Throws: `RequestError`; the pod is as it was then.
    func change(to object: PodObject) throws(RequestError) {
        do {
            try Failpoint.beforeChange.pass()
            try host.store.replace(object)
            // From here on the change is there; the machine hears of it from this agent or the next (catchUp).
            try Failpoint.afterChange.pass()
        } catch {
            throw RequestError("save pod \"\(pod.metadata.name)\": \(error)", reason: "InternalError")
        }
        self.object = object
        // Also of a pod that an earlier agent made: the whole object is on the disk now.
        isDurable = true
        sandbox?.prepared = [:]
        // What shows the pod's own labels and annotations is written again.
        shownObjects = [:]
        refreshPayloadVolumes()
        handle(.updated(object.pod))
        considerResize()
        project(at: host.now())
        onChange(self)
    }

    /// Has the disk keep the object of a new pod, while the pod is made. A pod that can't be kept is taken back.
    func flush() {
        do {
            try host.store.flush(object, on: host.loop) { [weak self] error in self?.flushed(error) }
        } catch {
            host.loop.schedule(at: Clock.monotonic()) { [weak self] in self?.flushed(error) }
        }
    }

    private func flushed(_ error: (any Error)?) {
        if let error {
            flushFailure = "save pod \"\(pod.metadata.name)\": \(error)"
            handle(.delete(gracePeriodSeconds: 0))
        } else {
            isDurable = true
            onChange(self)
        }
    }

    private func project(at now: Instant) {
        status = StatusProjection(pod: pod, machine: machine, hostIP: host.node.hostIP)
            .status(previous: status, now: now.wall)
    }

    private func saveSoon() {
        guard saveTimer == nil else { return }
        saveTimer = host.loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: Self.saveDelay)) { [weak self] in
            self?.save()
        }
    }

    private func save() {
        if let saveTimer { host.loop.cancel(saveTimer) }
        saveTimer = nil
        if machine.isForgotten { return }
        do {
            try Failpoint.beforeState.pass()
            try measured("write state.json") {
                try host.store.save(
                    PodState(bootID: host.store.bootID, machine: machine, conditions: status.conditions), of: pod)
            }
            try Failpoint.afterState.pass()
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
        }
    }

    private func perform(_ effect: Effect, at now: Instant) {
        switch effect {
        case .createSandbox: createSandbox()
        case .removeSandbox: removeSandbox()
        case .resolveImage(let container): resolveImage(container)
        case .cancelImage(let container): cancelImage(container)
        case .startContainer(let container, let attempt, let process):
            startContainer(container, attempt: attempt, process: process)
        case .stopContainer(let container, let process): stopContainer(container, process: process)
        case .killContainer(_, let process): killContainer(process)
        case .runHook(let container, let process, let hook): runHook(container, process: process, hook)
        case .cancelHook(_, let process, let hook): cancelHook(process: process, hook)
        case .resizeCgroups(let containers): resizeCgroups(containers)
        case .setTimer(let timer, let deadline): setTimer(timer, deadline: deadline)
        case .cancelTimer(let timer): cancelTimer(timer)
        case .record(let event):
            host.events.record(event, of: pod, at: now.wall)
        case .forget: forget()
        }
    }

    // MARK: - Timers

    private func setTimer(_ timer: PodTimer, deadline: Int64) {
        cancelTimer(timer)
        timers[timer] = host.loop.schedule(at: MonotonicInstant(nanoseconds: deadline)) { [weak self] in
            guard let self else { return }
            self.timers[timer] = nil
            self.handle(.timer(timer))
        }
    }

    private func cancelTimer(_ timer: PodTimer) {
        if let id = timers.removeValue(forKey: timer) { host.loop.cancel(id) }
    }

    // MARK: - The end

    private func forget() {
        for timer in timers.keys { cancelTimer(timer) }
        if let saveTimer { host.loop.cancel(saveTimer) }
        removeMemoryFiles()
        removeObject()
    }

    /// Until the next try of an object that could not be removed, seconds.
    private static let removalDelay = 1.0

    /// A pod is there for as long as its object is, which the next agent would find.
    private func removeObject() {
        do {
            try host.store.removeObject(of: pod)
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
            host.loop.schedule(at: Clock.monotonic().advanced(bySeconds: Self.removalDelay)) { [weak self] in
                self?.removeObject()
            }
            return
        }
        attempt { try host.trash.discard(host.paths.podDataDirectory(pod.metadata.uid)) }
        attempt {
            // In this order: a run directory that is left tells the next agent whose logs are.
            try host.removeTree(host.paths.podLogDirectory(pod))
            try host.removeTree(host.paths.podRunDirectory(pod.metadata.uid))
        }
        onChange(self)
    }

    /// One that fails does not keep the others from being tried.
    private func attempt(_ step: () throws -> Void) {
        do {
            try step()
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
        }
    }
}

// MARK: - What an apply waits for

extension PodRunner {
    /// Every container that is due had its first start or the reason why it has none.
    var hasSettled: Bool {
        if machine.isForgotten || machine.deletionTimestamp != nil || machine.isFinished { return true }
        if !machine.sandboxMessage.isEmpty { return true }
        let pending = machine.containers.filter {
            $0.phase != .running && $0.termination == nil && $0.waitingReason.isEmpty
        }
        // While an init container or a postStart hook works the containers behind are not due.
        if machine.containers.contains(where: \.holdsOthers) { return true }
        return pending.isEmpty || machine.containers.contains { $0.phase == .waiting && !$0.waitingReason.isEmpty }
    }

    /// Why containers could not start, one line each.
    var startFailures: [String] {
        if let failure = machine.failure, failure.isRejection == true {
            return ["\(failure.reason): \(failure.message)"]
        }
        if !machine.sandboxMessage.isEmpty { return [machine.sandboxMessage] }
        return machine.containers.compactMap { container in
            if !container.waitingReason.isEmpty && container.waitingReason != "CrashLoopBackOff" {
                return "container \"\(container.name)\": \(container.waitingReason): \(container.waitingMessage)"
            }
            let end = container.termination ?? container.lastTermination
            guard let end, end.reason == "StartError" else { return nil }
            return "container \"\(container.name)\": StartError: \(end.message)"
        }
    }
}

extension Effect {
    /// It makes, ends or destroys something, so the state must say so first.
    fileprivate var needsState: Bool {
        switch self {
        case .createSandbox, .removeSandbox, .startContainer, .runHook, .stopContainer, .resizeCgroups, .forget: true
        default: false
        }
    }
}
