import PodModel

/// What one run of a probe said (pkg/probe/probe.go). Messages are the handler's, without the probe's name.
package enum ProbeOutcome: Sendable, Equatable {
    case success
    /// Counts as success, and is an event: a redirect to another host.
    case warning(message: String)
    case failure(message: String)
    /// The probe could not be done: it says nothing about the container.
    case error(message: String)
}

/// What probing looks at in a container's state.
package struct ProbeTarget: Sendable, Equatable {
    /// Keeper process id of its newest instance, 0 before the first.
    package var process: UInt64
    /// nil: it does not run.
    package var startedAt: Timestamp?
    package var isStarted: Bool
    package var isReady: Bool

    package init(process: UInt64, startedAt: Timestamp?, isStarted: Bool, isReady: Bool) {
        self.process = process
        self.startedAt = startedAt
        self.isStarted = isStarted
        self.isReady = isReady
    }
}
