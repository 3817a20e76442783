import CShim
import Glibc

/// User namespaces as descriptors.
package enum UserNamespace {
    /// Why this host can give pods none; nil: it can. 6.3 has id-mapped mounts also of tmpfs, where Secrets are.
    package static func problem() -> String? {
        let release = HostCheck.kernelRelease()
        if !HostCheck.isAtLeast(6, 3, release) { return "needs Linux 6.3 or newer, this is \(release)" }
        if access("/proc/self/ns/user", F_OK) != 0 { return "needs a kernel with CONFIG_USER_NS" }
        let allowed = Int((try? FileBytes.line("/proc/sys/user/max_user_namespaces")) ?? "") ?? 0
        return allowed > 0 ? nil : "needs user namespaces: sysctl user.max_user_namespaces=15000"
    }

    /// A new one: its ids from 0 on are `first` and on of the host's.
    package static func make(first: UInt32, count: UInt32) throws(SyscallError) -> DescriptorBox {
        DescriptorBox(
            Descriptor(
                try check("make a user namespace of ids from", "\(first)") { podrun_user_namespace(first, count) }))
    }

    /// That of a process.
    ///
    /// - Parameter pidfd: of the same process: it says that the number is still its own.
    package static func open(of processID: Int32, pidfd: Int32) throws(SyscallError) -> DescriptorBox {
        let namespace = try Descriptor.open("/proc/\(processID)/ns/user", O_RDONLY)
        try check("look for process", "\(processID)") { podrun_pidfd_signal(pidfd, 0) }
        return DescriptorBox(namespace)
    }
}
