import PodModel

/// A pod's decisions: inputs in, effects out, no clock, no system call. Its value is the pod's whole mutable state and
/// is written to disk before the effects it returned are carried out.
///
///     sandbox:  absent -> creating -> ready -> removing -> absent
///                 ^                     |          |
///                 '--- pause died ------+----------'        deleted and removed: forgotten
package struct PodMachine: Codable, Sendable, Equatable {
    package enum Sandbox: String, Codable, Sendable {
        case absent, creating, ready, removing
    }

    /// Keeper process id of pause; containers count up from the next.
    package static let pauseProcess: UInt64 = 1

    package internal(set) var sandbox = Sandbox.absent
    package internal(set) var podIP = ""
    /// How often a sandbox was made.
    package internal(set) var sandboxAttempts = 0
    package internal(set) var sandboxMessage = ""
    /// The sandbox stands but something of it died: it is to be removed and made again.
    var isSandboxBroken = false
    var sandboxRetryAt: Int64 = 0
    var sandboxBackoff = Backoff()

    package internal(set) var startTime: Timestamp?
    package internal(set) var deletionTimestamp: Timestamp?
    package internal(set) var deletionGracePeriodSeconds: Int?
    /// Why podrun ended the pod, which has failed for good; nil: it did not.
    package internal(set) var failure: PodFailure? = nil
    /// Seconds after `startTime`; nil: none.
    package internal(set) var activeDeadlineSeconds: Int?
    /// The same as CLOCK_MONOTONIC nanoseconds; nil: not computed, of a new pod or after a change or a reboot.
    var activeDeadline: Int64?
    /// A container's restart rule had all containers killed; they start anew, in order, when none lives.
    package internal(set) var isRestartingAll = false
    /// When the timers run out, CLOCK_MONOTONIC nanoseconds; nil = none is set.
    var retryDeadline: Int64?
    var killDeadline: Int64?
    package internal(set) var isForgotten = false

    package internal(set) var resize = PodResize()
    package internal(set) var containers: [ContainerMachine]
    /// By image: containers of a pod that share an image share its back-off (the kubelet's key is `uid_image`).
    var imageBackoffs: [String: Backoff] = [:]
    var nextProcess: UInt64 = PodMachine.pauseProcess + 1

    let restartPolicy: String
    let terminationGracePeriodSeconds: Int
    /// `name_namespace(uid)` for event texts.
    let displayName: String
    var images: [String: String]
    /// Of the pod that the machine knows; a new agent tells it of one that was changed since.
    package internal(set) var generation: Int64

    /// - Parameter pod: with defaults applied.
    package init(pod: Pod) {
        containers =
            pod.spec.initContainers.map {
                let kind = $0.restartPolicy == "Always" ? ContainerMachine.Kind.sidecar : .initContainer
                return ContainerMachine(
                    name: $0.name, kind: kind, rules: ContainerRules($0, in: pod), resources: $0.resources)
            }
            + pod.spec.containers.map {
                ContainerMachine(
                    name: $0.name, kind: .regular, rules: ContainerRules($0, in: pod), resources: $0.resources)
            }
        restartPolicy = pod.spec.restartPolicy
        activeDeadlineSeconds = pod.spec.activeDeadlineSeconds.map { Int($0) }
        terminationGracePeriodSeconds = Int(pod.spec.terminationGracePeriodSeconds ?? 30)
        displayName = "\(pod.metadata.name)_\(pod.metadata.namespace)(\(pod.metadata.uid))"
        images = PodMachine.images(of: pod)
        generation = pod.metadata.generation
        addEphemeralContainers(of: pod)
    }

    package func container(_ name: String) -> ContainerMachine? { containers.first { $0.name == name } }

    /// Takes one input and says what to do about it.
    package mutating func handle(_ input: PodInput, at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        apply(input, at: now, &effects)
        reconcile(at: now, &effects)
        return effects
    }

    // MARK: - What happened

    private mutating func apply(_ input: PodInput, at now: Instant, _ effects: inout [Effect]) {
        switch input {
        case .start:
            startTime = startTime ?? now.wall
        case .sandboxReady(let ip):
            sandbox = .ready
            podIP = ip
            sandboxMessage = ""
            sandboxBackoff = Backoff()
        case .sandboxFailed(let reason, let message):
            sandbox = .absent
            sandboxMessage = message
            sandboxBackoff.advance(at: now.monotonic)
            sandboxRetryAt = now.monotonic + sandboxBackoff.duration
            effects.append(.record(PodEvent(type: "Warning", reason: reason, message: message)))
        case .sandboxLost:
            breakSandbox(&effects)
        case .keeperLost:
            for index in containers.indices where containers[index].isAlive { containers[index].endUnseen(at: now) }
            breakSandbox(&effects)
        case .sandboxRemoved:
            sandbox = .absent
            isSandboxBroken = false
            for index in containers.indices where containers[index].isAlive { containers[index].endUnseen(at: now) }
            // A new sandbox is a new start: init containers run again (computeInitContainerActions).
            if !isEnding {
                for index in containers.indices where containers[index].isInit {
                    containers[index].hasBegun = false
                    if containers[index].phase == .exited { containers[index].phase = .startable }
                }
            }
        case .imagePulling(let name, let volumeImage):
            imagePulling(name, volumeImage: volumeImage, &effects)
        case .volumeImageReady(let name, let image, let pull):
            notePulled(name, image: image, isVolume: true, pull, &effects)
        case .imageReady(let name, let imageID, let volumeImageIDs, let stopSignal, let pull):
            imageReady(
                name, imageID: imageID, volumeImageIDs: volumeImageIDs, stopSignal: stopSignal, pull, &effects)
        case .imageFailed(let name, let failure):
            imageFailed(name, failure, at: now, &effects)
        case .containerStarted(let name, let process, let at):
            var isNew = false
            update(name) { container in
                guard container.process == process, container.phase == .starting else { return }
                container.startedAt = at
                isNew = true
                if container.rules.hasPostStart, container.stop == nil {
                    container.phase = .postStart
                } else {
                    container.run()
                }
            }
            if isNew {
                note(&effects, name, "Created", "Container created")
                note(&effects, name, "Started", "Container started")
                if container(name)?.phase == .postStart {
                    effects.append(.runHook(container: name, process: process, .postStart))
                }
            }
        case .containerFailed(let name, let process, let cause):
            startFailed(name, process, cause, at: now, &effects)
        case .containerExited(let name, let process, let exit):
            exited(name, process, exit, at: now, &effects)
        case .probed(let name, let process, let kind, let isSuccess, _):
            probed(name, process, kind, isSuccess: isSuccess, at: now, &effects)
        case .hookEnded(let name, let process, let hook, let outcome):
            hookEnded(name, process, hook, outcome, at: now, &effects)
        case .configurationChanged:
            retryAtOnce()
        case .rejected(let rejection):
            startTime = startTime ?? now.wall
            failure = PodFailure(
                reason: rejection.reason, message: "Pod was rejected: \(rejection.message)", isRejection: true)
            effects.append(
                .record(PodEvent(type: "Warning", reason: rejection.reason, message: rejection.message)))
        case .evicted(let message):
            evict(message, &effects)
        case .timer(.kill):
            killDeadline = nil
        case .timer(.retry):
            retryDeadline = nil
        case .delete(let grace):
            delete(gracePeriodSeconds: grace, at: now, &effects)
        case .updated(let pod):
            update(to: pod, at: now, &effects)
        case .resize(let pod, let refusal):
            resize(to: pod, refusal, &effects)
        case .cgroupsResized(let names):
            resized(names, &effects)
        case .resizeFailed(let message):
            resizeFailed(message, at: now, &effects)
        case .rebooted(let remains):
            reboot(remains, at: now, &effects)
        case .recovered(let observation):
            recover(observation, at: now, &effects)
        }
    }

    /// Ends the waiting of what may have failed for want of a ConfigMap or Secret: volumes and environments.
    private mutating func retryAtOnce() {
        if sandbox == .absent { sandboxRetryAt = 0 }
        for index in containers.indices
        where containers[index].phase == .startable && containers[index].waitingReason == "CreateContainerConfigError" {
            containers[index].retryAt = 0
        }
    }

    /// Everything of the sandbox has to go and be made again (kubelet: podSandboxChanged).
    mutating func breakSandbox(_ effects: inout [Effect]) {
        guard sandbox == .ready || sandbox == .creating else { return }
        isSandboxBroken = true
        if deletionTimestamp == nil {
            effects.append(.record(.sandboxChanged))
        }
    }

    mutating func startFailed(
        _ name: String, _ process: UInt64, _ cause: StartFailureCause, at now: Instant, _ effects: inout [Effect]
    ) {
        var isCurrent = false
        update(name) { container in
            guard container.process == process, container.phase == .starting else { return }
            isCurrent = true
            if cause.reason == "StartError" {
                container.endBeforeStart(cause, at: now)
            } else {
                container.phase = .startable
                container.stop = nil
                container.wait(reason: cause.reason, message: cause.message)
                container.retryAt = now.monotonic + Backoff.initial
            }
        }
        if isCurrent { note(&effects, name, "Failed", "Error: \(cause.message)", type: "Warning") }
    }

    // MARK: - Small tools

    mutating func update(_ name: String, _ change: (inout ContainerMachine) -> Void) {
        guard let index = containers.firstIndex(where: { $0.name == name }) else { return }
        change(&containers[index])
    }

    func note(_ effects: inout [Effect], _ name: String, _ reason: String, _ message: String, type: String = "Normal") {
        effects.append(.record(event(about: name, reason, message, type: type)))
    }

    func event(about name: String, _ reason: String, _ message: String, type: String = "Normal") -> PodEvent {
        var list = "containers"
        if let container = container(name) {
            if container.isInit { list = "initContainers" }
            if container.kind == .ephemeral { list = "ephemeralContainers" }
        }
        return PodEvent(type: type, reason: reason, message: message, fieldPath: "spec.\(list){\(name)}")
    }
}
