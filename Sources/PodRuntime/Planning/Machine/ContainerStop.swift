/// The end of an instance that podrun asked for, and how far it has come.
///
///     requested --> preStop --> turn --> signalled --> killed
///      (starting)     (hook)   (sidecars wait)
package struct ContainerStop: Codable, Sendable, Equatable {
    package enum Stage: String, Codable, Sendable {
        /// Its process is not there yet.
        case requested
        /// Its preStop hook runs.
        case preStop
        /// A sidecar of a pod that ends waits for what it serves.
        case turn
        /// It was sent its stop signal.
        case signalled
        case killed
    }

    package internal(set) var stage = Stage.requested
    /// The end of the grace period, CLOCK_MONOTONIC nanoseconds.
    package internal(set) var killAt: Int64
    /// Of the Killing event.
    var message: String
    /// Another instance is wanted instead: nothing the container did ended it.
    var isReplacement: Bool
}
