import CShim
import Glibc
import PodLinux
import PodModel
import PodPlanning

/// The loopback of a pod, reached from this host as the kubelet does: by a socket made in the pod's network namespace.
struct PodLoopback {
    let pod: Pod
    let cgroups: CgroupTree

    /// Begins to connect; what comes of it shows when the socket is writable.
    ///
    /// - Parameter family: AF_INET or AF_INET6.
    func connect(to port: UInt16, family: Int32) throws(SyscallError) -> DescriptorBox {
        let socket = DescriptorBox(try NamespaceSocket.tcp(in: networkNamespace(), family: family))
        let subject = "localhost:\(port)"
        if family == AF_INET {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            try connect(socket.raw, &address, subject)
        } else {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            try connect(socket.raw, &address, subject)
        }
        return socket
    }

    private func connect<Address>(
        _ socket: Int32, _ address: inout Address, _ subject: String
    ) throws(SyscallError) {
        let size = socklen_t(MemoryLayout<Address>.size)
        _ = try check("connect", subject, unless: EINPROGRESS) {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) }
            }
        }
    }

    /// That of the pause process that runs now.
    private func networkNamespace() throws(SyscallError) -> Descriptor {
        let path = PodNamespaces.pausePath(of: pod)
        guard let process = cgroups.processes(path).first else {
            throw SyscallError(call: "find the pause process of", subject: pod.metadata.name, errno: ESRCH)
        }
        let namespace = try Descriptor.open("/proc/\(process)/ns/net", O_RDONLY)
        // Its number may have become another process's before the file was opened: the host's, say.
        guard cgroups.processes(path).contains(process) else {
            throw SyscallError(call: "find the pause process of", subject: pod.metadata.name, errno: ESRCH)
        }
        return namespace
    }
}
