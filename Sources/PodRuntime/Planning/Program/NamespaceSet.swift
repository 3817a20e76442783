/// CLONE_NEW* bits of clone3, setns and unshare (linux/sched.h).
package struct NamespaceSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let mount = NamespaceSet(rawValue: 0x0002_0000)
    package static let cgroup = NamespaceSet(rawValue: 0x0200_0000)
    package static let uts = NamespaceSet(rawValue: 0x0400_0000)
    package static let ipc = NamespaceSet(rawValue: 0x0800_0000)
    package static let user = NamespaceSet(rawValue: 0x1000_0000)
    package static let pid = NamespaceSet(rawValue: 0x2000_0000)
    package static let network = NamespaceSet(rawValue: 0x4000_0000)

    private static let names: [(NamespaceSet, String)] = [
        (.network, "net"), (.ipc, "ipc"), (.uts, "uts"), (.pid, "pid"), (.mount, "mnt"), (.cgroup, "cgroup"),
        (.user, "user"),
    ]

    /// The kernel's short names (`/proc/self/ns`), in a fixed order: "net ipc uts".
    package var text: String {
        let present = NamespaceSet.names.filter { contains($0.0) }.map { $0.1 }
        return present.isEmpty ? "none" : present.joined(separator: " ")
    }
}
