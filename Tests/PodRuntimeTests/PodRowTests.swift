import PodModel
import Testing

@testable import PodRuntime

private let now = Timestamp(seconds: 1_800_000_000)

private func running(_ name: String, ready: Bool = true, restarts: Int32 = 0) -> ContainerStatus {
    var status = ContainerStatus()
    status.name = name
    status.ready = ready
    status.started = true
    status.restartCount = restarts
    status.state.running = ContainerStateRunning(startedAt: now)
    return status
}

private func waiting(_ name: String, _ reason: String) -> ContainerStatus {
    var status = ContainerStatus()
    status.name = name
    status.state.waiting = ContainerStateWaiting(reason: reason)
    return status
}

private func terminated(_ name: String, _ reason: String = "", code: Int32 = 0, signal: Int32 = 0) -> ContainerStatus {
    var status = ContainerStatus()
    status.name = name
    var state = ContainerStateTerminated()
    state.reason = reason
    state.exitCode = code
    state.signal = signal
    status.state.terminated = state
    return status
}

private func condition(_ type: String, _ status: String, reason: String = "") -> PodCondition {
    var condition = PodCondition()
    condition.type = type
    condition.status = status
    condition.reason = reason
    return condition
}

private func container(_ name: String, restartPolicy: String? = nil) -> Container {
    var container = Container()
    container.name = name
    container.restartPolicy = restartPolicy
    return container
}

/// A pod with as many containers as statuses.
private func pod(
    _ phase: String, _ statuses: [ContainerStatus], inits: [ContainerStatus] = [], sidecars: Set<String> = [],
    conditions: [PodCondition] = []
) -> Pod {
    var pod = Pod()
    pod.metadata.name = "web"
    pod.metadata.creationTimestamp = Timestamp(seconds: now.seconds - 600)
    pod.spec.containers = statuses.map { container($0.name) }
    pod.spec.initContainers = inits.map {
        container($0.name, restartPolicy: sidecars.contains($0.name) ? "Always" : nil)
    }
    pod.status.phase = phase
    pod.status.containerStatuses = statuses
    pod.status.initContainerStatuses = inits
    pod.status.conditions = conditions
    return pod
}

private let isReady = condition("Ready", "True")
private let isInitialized = condition("Initialized", "True")

struct PodRowTests {
    private static let cases: [(Pod, String, String)] = [
        (pod("Pending", []), "0/0", "Pending"),
        (pod("Running", [running("a"), running("b")]), "2/2", "Running"),
        (pod("Running", [running("a"), running("b", ready: false)]), "1/2", "Running"),
        (pod("Pending", [waiting("a", "ContainerCreating")]), "0/1", "ContainerCreating"),
        (pod("Running", [running("a"), waiting("b", "CrashLoopBackOff")]), "1/2", "CrashLoopBackOff"),
        (pod("Pending", [waiting("a", "ErrImagePull"), waiting("b", "ImagePullBackOff")]), "0/2", "ErrImagePull"),
        (pod("Succeeded", [terminated("a", "Completed")]), "0/1", "Completed"),
        (pod("Failed", [terminated("a", "Error", code: 1)]), "0/1", "Error"),
        (pod("Failed", [terminated("a", code: 3)]), "0/1", "ExitCode:3"),
        (pod("Failed", [terminated("a", code: 137, signal: 9)]), "0/1", "Signal:9"),
        (pod("Running", [terminated("a", "Completed"), running("b")], conditions: [isReady]), "1/2", "Running"),
        (pod("Running", [terminated("a", "Completed"), running("b")]), "1/2", "NotReady"),
        (pod("Pending", [waiting("a", "PodInitializing")], inits: [running("i")]), "0/1", "Init:0/1"),
        (
            pod(
                "Pending", [waiting("a", "PodInitializing")], inits: [terminated("i"), waiting("j", "PodInitializing")]),
            "0/1", "Init:1/2"
        ),
        (
            pod("Pending", [waiting("a", "x")], inits: [waiting("i", "CrashLoopBackOff")]), "0/1",
            "Init:CrashLoopBackOff"
        ),
        (pod("Pending", [waiting("a", "x")], inits: [terminated("i", "Error", code: 1)]), "0/1", "Init:Error"),
        (pod("Pending", [waiting("a", "x")], inits: [terminated("i", code: 2)]), "0/1", "Init:ExitCode:2"),
        (pod("Pending", [waiting("a", "x")], inits: [terminated("i", code: 2, signal: 9)]), "0/1", "Init:Signal:9"),
        (
            pod("Pending", [waiting("a", "PodInitializing")], inits: [terminated("i")], conditions: [isInitialized]),
            "0/1", "PodInitializing"
        ),
        (pod("Running", [running("a")], inits: [running("s")], sidecars: ["s"]), "2/2", "Running"),
        (
            pod("Pending", [], conditions: [condition("PodScheduled", "False", reason: "SchedulingGated")]), "0/0",
            "SchedulingGated"
        ),
    ]

    @Test(arguments: cases)
    func status(pod: Pod, ready: String, status: String) {
        let row = PodRow(pod, now: now)
        #expect(row.ready == ready)
        #expect(row.status == status)
    }

    @Test func deletedPodIsTerminatingUntilItHasEnded() {
        var pod = pod("Running", [running("a")])
        pod.metadata.deletionTimestamp = now
        #expect(PodRow(pod, now: now).status == "Terminating")
        pod.status.phase = "Succeeded"
        pod.status.containerStatuses = [terminated("a", "Completed")]
        #expect(PodRow(pod, now: now).status == "Completed")
    }

    @Test func evictedPodShowsItsReason() {
        var pod = pod("Failed", [])
        pod.status.reason = "DeadlineExceeded"
        #expect(PodRow(pod, now: now).status == "DeadlineExceeded")
    }

    @Test func restartsShowWhenTheLastOneWas() {
        var pod = pod("Running", [running("a", restarts: 1), running("b", restarts: 2)])
        #expect(PodRow(pod, now: now).restarts == "3")
        var last = ContainerStateTerminated()
        last.finishedAt = Timestamp(seconds: now.seconds - 300)
        pod.status.containerStatuses[0].lastState.terminated = last
        last.finishedAt = Timestamp(seconds: now.seconds - 5)
        pod.status.containerStatuses[1].lastState.terminated = last
        #expect(PodRow(pod, now: now).restarts == "3 (5s ago)")
    }

    @Test func initRestartsCountOnlyWhileInitializing() {
        var init1 = waiting("i", "CrashLoopBackOff")
        init1.restartCount = 4
        #expect(PodRow(pod("Pending", [waiting("a", "x")], inits: [init1]), now: now).restarts == "4")
        var done = terminated("i")
        done.restartCount = 4
        #expect(PodRow(pod("Running", [running("a", restarts: 1)], inits: [done]), now: now).restarts == "1")
    }

    @Test func wideColumns() {
        var pod = pod("Running", [running("a")])
        #expect(
            PodRow(pod, now: now).cells(isWide: true).dropFirst(4) == ["10m", "<none>", "<none>", "<none>", "<none>"])
        pod.status.podIPs = [PodIP(ip: "10.85.0.2")]
        pod.spec.nodeName = "host"
        pod.spec.readinessGates = [PodReadinessGate(conditionType: "x"), PodReadinessGate(conditionType: "y")]
        pod.status.conditions = [condition("x", "True")]
        #expect(PodRow(pod, now: now).cells(isWide: true).dropFirst(5) == ["10.85.0.2", "host", "<none>", "1/2"])
    }
}
