/// Why podrun ended a pod: its status says so from then on.
package struct PodFailure: Codable, Sendable, Equatable {
    /// Evicted, DeadlineExceeded, or why the pod was never let in, such as OutOfcpu.
    package var reason: String
    package var message: String
    /// What containers get to end; nil: the pod's grace period.
    var graceSeconds: Int?
    /// The pod was never let in: nothing of it was ever made.
    package var isRejection: Bool?

    /// pkg/kubelet/active_deadline.go
    static let deadlineExceeded = PodFailure(
        reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline")
}
