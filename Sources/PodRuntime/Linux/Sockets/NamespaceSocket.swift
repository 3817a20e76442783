import CShim
import Glibc
import PodPlanning

/// Sockets in other network namespaces: a socket stays where it was made.
package enum NamespaceSocket {
    /// A non-blocking TCP socket in a network namespace. This thread is in its own again afterwards.
    ///
    /// - Parameters:
    ///   - namespace: an open `/proc/PID/ns/net`.
    ///   - family: AF_INET or AF_INET6.
    package static func tcp(
        in namespace: borrowing Descriptor, family: Int32
    ) throws(SyscallError) -> Descriptor {
        let flags = Int32(NamespaceSet.network.rawValue)
        let own = try Descriptor.open("/proc/self/ns/net", O_RDONLY)
        let (wanted, home) = (namespace.raw, own.raw)
        try check("enter network namespace") { podrun_setns(wanted, flags) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let made = socket(family, type, 0)
        let error = errno
        // Nothing else may happen in the pod's namespace.
        guard podrun_setns(home, flags) == 0 else { fatalError("can't leave the network namespace of a pod") }
        if made < 0 { throw SyscallError(call: "socket", subject: "", errno: error) }
        return Descriptor(made)
    }
}
