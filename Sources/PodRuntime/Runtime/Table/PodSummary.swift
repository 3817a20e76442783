import PodModel

/// What the row says of the pod's containers: how many are ready, how often they were restarted, and in one word what
/// state the pod is in.
struct PodSummary: Equatable {
    struct Restarts: Equatable {
        var count = 0
        var last: Timestamp?

        mutating func add(_ status: ContainerStatus) {
            count += Int(status.restartCount)
            guard let finished = status.lastState.terminated?.finishedAt else { return }
            if let last, !(last < finished) { return }
            last = finished
        }
    }

    private(set) var totalContainers: Int
    private(set) var readyContainers = 0
    private(set) var restarts = Restarts()
    private(set) var reason: String
    /// Of sidecars alone, which count although initialization is over.
    private var sidecarRestarts = Restarts()
    private var isInitializing = false

    init(_ pod: Pod) {
        reason = pod.status.reason.isEmpty ? pod.status.phase : pod.status.reason
        let sidecars = Set(pod.spec.initContainers.filter { $0.restartPolicy == "Always" }.map(\.name))
        totalContainers = pod.spec.containers.count + sidecars.count
        let isGated = pod.status.conditions.contains { $0.type == "PodScheduled" && $0.reason == "SchedulingGated" }
        if isGated { reason = "SchedulingGated" }
        addInitContainers(of: pod, sidecars: sidecars)
        let isInitialized = pod.status.conditions.contains { $0.type == "Initialized" && $0.status == "True" }
        if !isInitializing || isInitialized { addContainers(of: pod) }
        if pod.metadata.deletionTimestamp != nil {
            if pod.status.reason == "NodeLost" {
                reason = "Unknown"
            } else if pod.status.phase != "Succeeded", pod.status.phase != "Failed" {
                reason = "Terminating"
            }
        }
    }

    private mutating func addInitContainers(of pod: Pod, sidecars: Set<String>) {
        for (index, status) in pod.status.initContainerStatuses.enumerated() {
            let isSidecar = sidecars.contains(status.name)
            restarts.add(status)
            if isSidecar { sidecarRestarts.add(status) }
            if let terminated = status.state.terminated, terminated.exitCode == 0 { continue }
            if isSidecar, status.started == true {
                if status.ready { readyContainers += 1 }
                continue
            }
            if let terminated = status.state.terminated {
                reason = "Init:" + Self.word(for: terminated)
            } else if let waiting = status.state.waiting, !waiting.reason.isEmpty, waiting.reason != "PodInitializing" {
                reason = "Init:" + waiting.reason
            } else {
                reason = "Init:\(index)/\(pod.spec.initContainers.count)"
            }
            isInitializing = true
            break
        }
    }

    private mutating func addContainers(of pod: Pod) {
        restarts = sidecarRestarts
        var hasRunning = false
        // From the last to the first: the first container's word is the one that stays.
        for status in pod.status.containerStatuses.reversed() {
            restarts.add(status)
            if let waiting = status.state.waiting, !waiting.reason.isEmpty {
                reason = waiting.reason
            } else if let terminated = status.state.terminated {
                reason = Self.word(for: terminated)
            } else if status.ready, status.state.running != nil {
                hasRunning = true
                readyContainers += 1
            }
        }
        if reason == "Completed", hasRunning {
            let isReady = pod.status.conditions.contains { $0.type == "Ready" && $0.status == "True" }
            reason = isReady ? "Running" : "NotReady"
        }
    }

    private static func word(for terminated: ContainerStateTerminated) -> String {
        if !terminated.reason.isEmpty { return terminated.reason }
        return terminated.signal != 0 ? "Signal:\(terminated.signal)" : "ExitCode:\(terminated.exitCode)"
    }
}
