/// Why a container can't be made as its pod asks, with the reason that the kubelet shows for it.
package struct ResolveError: Error, CustomStringConvertible, Sendable, Equatable {
    package enum Reason: String, Sendable, Codable {
        /// The pod's configuration and the image or the cluster's objects don't fit.
        case createContainerConfigError = "CreateContainerConfigError"
        /// The runtime can't make such a container.
        case createContainerError = "CreateContainerError"
        /// The container could be made, but not started.
        case runContainerError = "RunContainerError"
    }

    package var reason: Reason
    package var message: String
    package var description: String { message }

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}
