import Foundation
import PodModel
import Testing

@testable import PodPlanning

/// Every file in Tests/Fixtures/traces/probes drives the probes of one pod in virtual time, as `TraceTests` does with
/// machines: what happens stands at the margin, what the schedule answers is indented.
/// `PODRUN_UPDATE_GOLDEN=1` writes the answers anew.
struct ProbeTraceTests {
    static let directory = TraceTests.directory.appending(path: "probes")

    @Test(arguments: TraceFile.names(in: directory))
    func trace(_ name: String) throws {
        try TraceFile(Self.directory, name).compare { try ProbeTrace($0).replay() }
    }

    @Test func podsWithoutProbesHaveNoSchedule() {
        var pod = Pod()
        pod.spec.containers = [Container()]
        let now = Instant(monotonic: 0, wall: Timestamp(seconds: 0))
        #expect(ProbeSchedule(pod, isAdopted: false, at: now) == nil)
    }
}

private struct ProbeTrace {
    private let lines: [String]
    private var pod = Pod()
    private var isAdopted = false
    private var schedule: ProbeSchedule?
    private var targets: [String: ProbeTarget] = [:]
    private var isTerminating = false
    private var shownWake: Int64?

    init(_ text: String) throws {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        pod.metadata.uid = "u"
        for words in lines.map({ $0.split(separator: " ").map(String.init) }) {
            switch words.first {
            case "probe": addProbe(words, to: \.containers)
            case "init-probe": addProbe(words, to: \.initContainers)
            case "adopted": isAdopted = true
            default: break
            }
        }
    }

    /// `probe web liveness period=10 delay=5 failure=3 success=1`
    private mutating func addProbe(_ words: [String], to list: WritableKeyPath<PodSpec, [Container]>) {
        var probe = Probe(periodSeconds: 10, successThreshold: 1, failureThreshold: 3)
        for parts in words.dropFirst(3).map({ $0.split(separator: "=") }) {
            let value = Int32(parts[1]) ?? 0
            switch parts[0] {
            case "period": probe.periodSeconds = value
            case "delay": probe.initialDelaySeconds = value
            case "success": probe.successThreshold = value
            default: probe.failureThreshold = value
            }
        }
        if !pod.spec[keyPath: list].contains(where: { $0.name == words[1] }) {
            var container = Container()
            container.name = words[1]
            pod.spec[keyPath: list].append(container)
            targets[words[1]] = ProbeTarget(process: 0, startedAt: nil, isStarted: false, isReady: false)
        }
        let index = pod.spec[keyPath: list].count - 1
        switch words[2] {
        case "startup": pod.spec[keyPath: list][index].startupProbe = probe
        case "liveness": pod.spec[keyPath: list][index].livenessProbe = probe
        default: pod.spec[keyPath: list][index].readinessProbe = probe
        }
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
        if schedule == nil { schedule = ProbeSchedule(pod, isAdopted: isAdopted, at: now) }
        var output = try take(Array(words.dropFirst()), at: now).flatMap { perform($0) }
        output += advance(at: now)
        if schedule?.wakeAt != shownWake {
            shownWake = schedule?.wakeAt
            output.append(shownWake.map { "next at \(time($0))" } ?? "nothing next")
        }
        return output.map { "  " + $0 }
    }

    private mutating func advance(at now: Instant) -> [String] {
        let targets = targets
        let effects = schedule?.advance(at: now, isTerminating: isTerminating) { targets[$0] } ?? []
        return effects.flatMap { perform($0) }
    }

    private mutating func take(_ words: [String], at now: Instant) throws -> [ProbeSchedule.Effect] {
        let name = words.count > 1 ? words[1] : ""
        switch words[0] {
        case "tick": break
        case "started":
            let hasStartup = (pod.spec.initContainers + pod.spec.containers)
                .contains { $0.name == name && $0.startupProbe != nil }
            targets[name]?.process += 1
            targets[name]?.startedAt = now.wall
            targets[name]?.isStarted = !hasStartup
            targets[name]?.isReady = false
        case "running":
            // `running web 25s started ready`: an earlier agent started it so long ago.
            let ago = Int(Double(words[2].dropLast()) ?? 0)
            targets[name] = ProbeTarget(
                process: 1, startedAt: now.wall.adding(seconds: -ago), isStarted: words.contains("started"),
                isReady: words.contains("ready"))
        case "exited":
            targets[name]?.startedAt = nil
            targets[name]?.isStarted = false
            targets[name]?.isReady = false
        case "terminating": isTerminating = true
        default:
            // `liveness web failure connection refused`, `liveness web/1 success`: an answer about an earlier instance
            let kind = try #require(ProbeKind(rawValue: words[0]))
            let message = words.dropFirst(3).joined(separator: " ")
            let outcomes: [String: ProbeOutcome] = [
                "success": .success, "warning": .warning(message: message), "failure": .failure(message: message),
                "error": .error(message: message),
            ]
            let parts = name.split(separator: "/").map(String.init)
            let process = parts.count > 1 ? UInt64(parts[1]) ?? 0 : targets[name]?.process ?? 0
            return schedule?.finished(kind, of: parts[0], process: process, try #require(outcomes[words[2]])) ?? []
        }
        return []
    }

    private mutating func perform(_ effect: ProbeSchedule.Effect) -> [String] {
        switch effect {
        case .run(let kind, let container, let process): return ["run \(kind.rawValue) of \(container) \(process)"]
        case .cancel(let kind, let container): return ["cancel \(kind.rawValue) of \(container)"]
        case .record(let event): return ["event \(event.type) \(event.reason) \(event.fieldPath): \(event.message)"]
        case .report(.probed(let container, _, let kind, let isSuccess, _)):
            // What the machine makes of it.
            if kind == .startup, isSuccess { targets[container]?.isStarted = true }
            if kind == .readiness { targets[container]?.isReady = isSuccess }
            return ["report \(kind.rawValue) of \(container): \(isSuccess ? "success" : "failure")"]
        case .report: return ["report something else"]
        }
    }

    private func time(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds - .seconds(1000)) / 1e9)s" }
}
