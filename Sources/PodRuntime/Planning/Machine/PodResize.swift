import PodModel

/// How far a change of a pod's resources has come (pkg/kubelet/allocation).
///
///     what the spec asks for --(the host has it)--> what containers are allocated --(written)--> what they have
package struct PodResize: Codable, Sendable, Equatable {
    /// Condition PodResizePending.
    package struct Pending: Codable, Sendable, Equatable {
        package var refusal: ResizeRefusal
        /// Of the pod that asks.
        package var generation: Int64
    }

    /// Condition PodResizeInProgress.
    package struct Progress: Codable, Sendable, Equatable {
        /// Of the pod whose resources were allocated.
        package var generation: Int64
        /// Why they could not be written; empty: that was not tried yet.
        package internal(set) var error = ""
        /// Not tried again before this moment, CLOCK_MONOTONIC nanoseconds.
        var retryAt: Int64 = 0
        /// `resizeCgroups` is not answered yet.
        var isRequested = false
    }

    /// nil: all that the spec asks for is allocated.
    package internal(set) var pending: Pending?
    /// nil: containers have what they were allocated.
    package internal(set) var progress: Progress?
}

/// Why a pod can't have the resources that its spec asks for, now or ever; the pod stays as it is.
package struct ResizeRefusal: Codable, Sendable, Equatable {
    /// Infeasible, or Deferred: others may give back what is missing.
    package var reason: String
    package var message: String
}
