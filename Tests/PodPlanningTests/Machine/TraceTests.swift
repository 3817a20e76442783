import Foundation
import PodModel
import Testing

@testable import PodPlanning

/// Every file in Tests/Fixtures/traces drives a machine in virtual time: inputs stand at the margin, what the machine
/// answers is indented. `PODRUN_UPDATE_GOLDEN=1` writes the answers anew; the difference is the review.
struct TraceTests {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Fixtures/traces").standardized

    @Test(arguments: TraceFile.names(in: directory))
    func trace(_ name: String) throws {
        try TraceFile(Self.directory, name).compare { try Trace($0).replay() }
    }

    @Test func thereAreTraces() {
        #expect(TraceFile.names(in: Self.directory).count >= 60)
    }
}

/// A trace file: `#` comments, a pod in four words, inputs.
private struct Trace {
    private let lines: [String]
    private var machine: PodMachine
    private var pod: Pod
    private var status: PodStatus?

    init(_ text: String) throws {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var pod = Pod()
        pod.metadata.name = "p"
        pod.metadata.namespace = "default"
        pod.metadata.uid = "u"
        pod.spec.restartPolicy = "Always"
        for words in lines.map({ $0.split(separator: " ").map(String.init) }) {
            switch words.first {
            case "restartPolicy": pod.spec.restartPolicy = words[1]
            case "grace": pod.spec.terminationGracePeriodSeconds = Int64(words[1])
            case "deadline": pod.spec.activeDeadlineSeconds = Int64(words[1])
            case "gate": pod.spec.readinessGates.append(PodReadinessGate(conditionType: words[1]))
            case "ephemeral":
                pod.spec.ephemeralContainers.append(EphemeralContainer(name: words[1], image: "img"))
            case "init": pod.spec.initContainers.append(Self.container(words))
            case "container": pod.spec.containers.append(Self.container(words))
            default: break
            }
        }
        self.pod = pod
        machine = PodMachine(pod: pod)
    }

    /// `container web preStop liveness=3 restart=OnFailure rule=Restart:In:42 memory=64Mi restartFor=memory`: probes with their
    /// own grace period, requests and limits that are the same.
    private static func container(_ words: [String]) -> Container {
        var container = Container()
        container.name = words.dropFirst().first ?? ""
        container.image = "img"
        var lifecycle = Lifecycle()
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=").map(String.init)
            let probe = Probe(terminationGracePeriodSeconds: parts.count > 1 ? Int64(parts[1]) : nil)
            switch parts[0] {
            case "sidecar": container.restartPolicy = "Always"
            case "restart": container.restartPolicy = parts[1]
            case "rule":
                let rule = parts[1].split(separator: ":").map(String.init)
                let codes = rule[2].split(separator: ",").compactMap { Int32($0) }
                container.restartPolicyRules.append(
                    ContainerRestartRule(
                        action: rule[0],
                        exitCodes: ContainerRestartRuleOnExitCodes(operator: rule[1], values: codes)))
            case "startup": container.startupProbe = probe
            case "liveness": container.livenessProbe = probe
            case "readiness": container.readinessProbe = probe
            case "cpu", "memory": Self.size(&container, word)
            case "restartFor":
                container.resizePolicy.append(
                    ContainerResizePolicy(resourceName: parts[1], restartPolicy: "RestartContainer"))
            case "postStart": lifecycle.postStart = LifecycleHandler()
            case "preStop": lifecycle.preStop = LifecycleHandler()
            default: break
            }
        }
        if lifecycle != Lifecycle() { container.lifecycle = lifecycle }
        return container
    }

    /// `memory=64Mi`
    private static func size(_ container: inout Container, _ word: String) {
        let parts = word.split(separator: "=").map(String.init)
        guard parts.count == 2, let quantity = try? Quantity(parts[1]) else { return }
        container.resources.limits[parts[0]] = quantity
        container.resources.requests[parts[0]] = quantity
    }

    func replay() throws -> String {
        var copy = self
        var output: [String] = []
        for line in lines where !line.hasPrefix("  ") {
            output.append(line)
            output += try copy.answer(to: line)
        }
        return output.joined(separator: "\n")
    }

    private mutating func answer(to line: String) throws -> [String] {
        let words = line.split(separator: " ").map(String.init)
        guard let first = words.first, first.hasSuffix("s"), let seconds = Double(first.dropLast()) else { return [] }
        let nanoseconds = Int64(seconds * 1e9) + .seconds(1000)
        let now = Instant(monotonic: nanoseconds, wall: Timestamp(nanosecondsSinceEpoch: nanoseconds))
        let rest = Array(words.dropFirst())
        if rest == ["status"] { return show(at: now) }
        if rest == ["sync"] { return machine.backOffEvents.map { "  " + text(.record($0)) } }
        if rest == ["save+load"] {
            machine = try JSON.decode(PodMachine.self, from: JSON.encode(machine))
            return []
        }
        if rest[0] == "updated" {
            pod.metadata.generation += 1
            if rest[1] == "deadline" { pod.spec.activeDeadlineSeconds = Int64(rest[2]) }
            for index in pod.spec.containers.indices where pod.spec.containers[index].name == rest[1] {
                pod.spec.containers[index].image = rest[2]
            }
        }
        if rest[0] == "resize", rest.count > 1 {
            pod.metadata.generation += 1
            for index in pod.spec.containers.indices where pod.spec.containers[index].name == rest[1] {
                for word in rest.dropFirst(2).prefix(while: { $0 != "refused" }) {
                    Self.size(&pod.spec.containers[index], word)
                }
            }
            _ = machine.handle(.updated(pod), at: now)
        }
        return machine.handle(try input(rest, at: now), at: now).map { "  " + text($0) }
    }

    private mutating func input(_ words: [String], at now: Instant) throws -> PodInput {
        func process(_ name: String) -> UInt64 { machine.container(name)?.process ?? 0 }
        func tail(_ start: Int) -> String { words.dropFirst(start).joined(separator: " ") }
        switch words[0] {
        case "start": return .start
        case "sandbox": return .sandboxReady(ip: words[1])
        case "sandbox-failed": return .sandboxFailed(message: tail(1))
        case "mount-failed": return .sandboxFailed(reason: "FailedMount", message: tail(1))
        case "sandbox-lost": return .sandboxLost
        case "keeper-lost": return .keeperLost
        case "sandbox-removed": return .sandboxRemoved
        case "image": return .imageReady(container: words[1], imageID: "sha256:1", pull: nil)
        case "pulling": return .imagePulling(container: words[1])
        case "pulled":
            return .imageReady(
                container: words[1], imageID: "sha256:1",
                pull: ImagePullResult(duration: 1_234_567_890, durationWithWaiting: .seconds(62), size: 4096))
        case "image-failed":
            let reason = try #require(ImageFailure.Reason(rawValue: words[2]))
            return .imageFailed(container: words[1], ImageFailure(reason, message: tail(3)))
        case "volume-image": return .volumeImageReady(container: words[1], image: words[2], pull: nil)
        case "volume-image-failed":
            let reason = try #require(ImageFailure.Reason(rawValue: words[3]))
            return .imageFailed(
                container: words[1], ImageFailure(reason, message: tail(4), volumeImage: words[2]))
        case "started": return .containerStarted(container: words[1], process: process(words[1]), at: now.wall)
        case "failed":
            return .containerFailed(
                container: words[1], process: process(words[1]), StartFailureCause(reason: words[2], message: tail(3)))
        case "exited":
            return .containerExited(container: words[1], process: process(words[1]), exit(words, at: now))
        case "updated": return .updated(pod)
        // `resize web memory=64Mi refused Deferred Node is full`; `resize` alone asks again for what the pod asks for.
        case "resize":
            let reason = words.firstIndex(of: "refused").map { $0 + 1 }
            return .resize(
                to: pod, refusal: reason.map { ResizeRefusal(reason: words[$0], message: tail($0 + 1)) })
        case "resized": return .cgroupsResized(containers: Array(words.dropFirst()))
        case "resize-failed": return .resizeFailed(message: tail(1))
        case "rebooted":
            let attempts = words.dropFirst().map { $0.split(separator: "=") }
            return .rebooted(
                Remains(
                    attempts: Dictionary(uniqueKeysWithValues: attempts.map { (String($0[0]), Int($0[1]) ?? 0) }),
                    createdAt: Timestamp(nanosecondsSinceEpoch: 0)))
        case "probed":
            let kind = try #require(ProbeKind(rawValue: words[2]))
            return .probed(
                container: words[1], process: process(words[1]), kind, isSuccess: words[3] == "success", message: "")
        case "hook":
            let hook = try #require(Hook(rawValue: words[2]))
            let outcome = words.count > 3 ? HookOutcome.failed(message: tail(3)) : .succeeded
            return .hookEnded(container: words[1], process: process(words[1]), hook, outcome)
        case "rejected": return .rejected(PodRejection(reason: words[1], message: tail(2)))
        case "evicted": return .evicted(message: tail(1))
        case "ephemeral-added":
            pod.spec.ephemeralContainers.append(EphemeralContainer(name: words[1], image: "img"))
            return .updated(pod)
        case "configuration": return .configurationChanged
        case "timer": return .timer(try #require(PodTimer(rawValue: words[1])))
        case "delete": return .delete(gracePeriodSeconds: words.count > 1 ? Int(words[1]) : nil)
        case "recovered": return .recovered(try observation(Array(words.dropFirst()), at: now))
        default: throw TraceError(line: words.joined(separator: " "))
        }
    }

    private func exit(_ words: [String], at now: Instant) -> ProcessExit {
        let code = Int(words[2]) ?? 0
        return ProcessExit(
            code: code, signal: code > 128 ? code - 128 : 0, isOutOfMemory: words.contains("oom"), startedAt: now.wall,
            finishedAt: now.wall)
    }

    /// `recovered alive|dead web=running side=exit:3`
    private func observation(_ words: [String], at now: Instant) throws -> Observation {
        var processes: [UInt64: Observation.Process] = [:]
        for word in words.dropFirst() {
            let parts = word.split(separator: "=").map(String.init)
            let id = try #require(machine.container(parts[0])).process
            if parts[1] == "running" {
                processes[id] = .running(startedAt: now.wall)
            } else {
                processes[id] = .exited(exit(["", "", String(parts[1].dropFirst(5))], at: now))
            }
        }
        return Observation(isSandboxAlive: words[0] == "alive", processes: processes)
    }

    private func text(_ effect: Effect) -> String {
        func time(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds - .seconds(1000)) / 1e9)s" }
        switch effect {
        case .createSandbox: return "create sandbox"
        case .removeSandbox: return "remove sandbox"
        case .resolveImage(let name): return "resolve image of \(name)"
        case .cancelImage(let name): return "cancel image of \(name)"
        case .startContainer(let name, let attempt, let process):
            return "start \(name) attempt \(attempt) as \(process)"
        case .stopContainer(let name, let process): return "stop \(name) \(process)"
        case .killContainer(let name, let process): return "kill \(name) \(process)"
        case .runHook(let name, let process, let hook): return "run \(hook.rawValue) of \(name) \(process)"
        case .cancelHook(let name, let process, let hook): return "cancel \(hook.rawValue) of \(name) \(process)"
        case .resizeCgroups(let names): return "resize cgroups of \(names)"
        case .setTimer(let timer, let deadline): return "timer \(timer.rawValue) at \(time(deadline))"
        case .cancelTimer(let timer): return "no timer \(timer.rawValue)"
        case .record(let event): return "event \(event.type) \(event.reason) \(event.fieldPath): \(event.message)"
        case .forget: return "forget"
        }
    }

    private mutating func show(at now: Instant) -> [String] {
        let status = StatusProjection(pod: pod, machine: machine, hostIP: "").status(previous: status, now: now.wall)
        self.status = status
        let conditions = status.conditions.map { "\($0.type)=\($0.status)\($0.reason.isEmpty ? "" : "(\($0.reason))")" }
        let all = status.initContainerStatuses + status.containerStatuses + status.ephemeralContainerStatuses
        let containers = all.map { container in
            "  \(container.name) \(text(container.state)) restarts \(container.restartCount) last \(text(container.lastState))"
                + (container.started == true ? " started" : "") + (container.ready ? " ready" : "")
                + text(container.resources)
        }
        let reason = status.reason.isEmpty ? "" : "(\(status.reason): \(status.message))"
        return ["  phase \(status.phase)\(reason) \(conditions.joined(separator: " "))"] + containers
    }

    private func text(_ resources: ResourceRequirements?) -> String {
        guard let limits = resources?.limits, !limits.isEmpty else { return "" }
        return " with " + limits.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }.joined(separator: " ")
    }

    private func text(_ state: ContainerState) -> String {
        if state.running != nil { return "running" }
        if let waiting = state.waiting { return "waiting(\(waiting.reason))" }
        if let terminated = state.terminated { return "terminated(\(terminated.reason) \(terminated.exitCode))" }
        return "-"
    }
}

private struct TraceError: Error {
    let line: String
}
