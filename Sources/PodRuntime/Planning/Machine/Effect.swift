import PodModel

/// What a pod's machine wants done. The runtime carries effects out in order and answers with `PodInput`s.
package enum Effect: Sendable, Equatable {
    /// Answered by `sandboxReady` or `sandboxFailed`.
    case createSandbox
    /// Kills what is left, gives everything back. Answered by `sandboxRemoved`.
    case removeSandbox
    /// Finds the container's image or pulls it, as its imagePullPolicy says. Answered by `imageReady` or `imageFailed`,
    /// with `imagePulling` before when it is pulled.
    case resolveImage(container: String)
    /// Nobody waits for what `resolveImage` started any more; not answered.
    case cancelImage(container: String)
    /// Answered by `containerStarted` or `containerFailed`, later `containerExited`.
    case startContainer(container: String, attempt: Int, process: UInt64)
    /// Sends the container's stop signal to its first process.
    case stopContainer(container: String, process: UInt64)
    /// Kills every process of the container (cgroup.kill). Answered by `containerExited`.
    case killContainer(container: String, process: UInt64)
    /// Answered by `hookEnded`.
    case runHook(container: String, process: UInt64, Hook)
    /// Ends a hook that still runs, with its processes; not answered.
    case cancelHook(container: String, process: UInt64, Hook)
    /// Has the pod and these containers hold what they are allocated. Answered by `cgroupsResized` or `resizeFailed`.
    case resizeCgroups(containers: [String])
    /// Replaces an earlier timer of the same name. `deadline`: CLOCK_MONOTONIC nanoseconds.
    case setTimer(PodTimer, deadline: Int64)
    case cancelTimer(PodTimer)
    case record(PodEvent)
    /// The pod was deleted and nothing of it is left but its record and logs: forget it.
    case forget
}

/// An event in the kubelet's words (pkg/kubelet/events/event.go).
package struct PodEvent: Sendable, Equatable {
    /// Normal or Warning.
    package var type: String
    package var reason: String
    package var message: String
    /// `spec.containers{web}`, or empty for the pod itself.
    package var fieldPath: String

    package init(type: String = "Normal", reason: String, message: String, fieldPath: String = "") {
        self.type = type
        self.reason = reason
        self.message = message
        self.fieldPath = fieldPath
    }
}
