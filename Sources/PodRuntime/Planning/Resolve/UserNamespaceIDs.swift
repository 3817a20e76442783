import PodModel

/// The ids of the host that a pod with `hostUsers: false` has: its 0 to 65535 are 65536 others there, no pod's but its own.
package struct UserNamespaceIDs: Sendable, Equatable {
    /// What the pod's root is on the host.
    package var first: UInt32
    /// As under a kubelet: all that an image or a pod can name.
    package static let count: UInt32 = 65_536

    /// nil: the pod has the host's ids.
    ///
    /// - Parameter podIP: the pod's lease in podrun's /16. What makes the address one pod's alone, also for the next agent,
    ///   does so for the ids: they are numbered by its last two bytes. nil (`podrun plan`): the first.
    package init?(pod: Pod, podIP: String?) {
        guard pod.spec.hostUsers == false else { return nil }
        let bytes = (podIP ?? "").split(separator: ".").suffix(2).compactMap { UInt32($0) }
        let number = bytes.reduce(0) { $0 << 8 | $1 & 0xff }
        first = max(number, 1) * Self.count
    }
}
