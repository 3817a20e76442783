import Glibc

/// Kernel settings of this process's namespaces.
package enum Sysctl {
    /// Writes `/proc/sys/<name>` unless it has the value; a setting that the kernel doesn't have is skipped (IPv6 off).
    package static func set(_ name: String, _ value: String) throws(SyscallError) {
        let path = "/proc/sys/" + name
        do throws(SyscallError) {
            if try FileBytes.line(path) == value { return }
            let file = try Descriptor.open(path, O_WRONLY)
            try FileBytes.write(Array(value.utf8), to: file, path: path)
        } catch  where error.errno == ENOENT {}
    }

    /// What a setting is; nil where the kernel doesn't have it.
    package static func value(_ name: String) -> String? { try? FileBytes.line("/proc/sys/" + name) }

    /// Lets the host route between its links.
    package static func enableForwarding() throws(SyscallError) {
        try set("net/ipv4/ip_forward", "1")
    }
}
