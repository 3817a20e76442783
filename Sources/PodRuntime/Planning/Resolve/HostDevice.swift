/// A device node of the host, as a privileged container finds it in its own /dev.
package struct HostDevice: Sendable, Equatable {
    /// Below /dev: `sda`, `dri/card0`.
    package var name: String
    /// Type and permissions (`st_mode`).
    package var mode: UInt32
    package var major: UInt32
    package var minor: UInt32
    package var user: UInt32
    package var group: UInt32

    package init(name: String, mode: UInt32, major: UInt32, minor: UInt32, user: UInt32 = 0, group: UInt32 = 0) {
        self.name = name
        self.mode = mode
        self.major = major
        self.minor = minor
        self.user = user
        self.group = group
    }

    /// `number`: both in glibc's form (`st_rdev`).
    package init(name: String, mode: UInt32, number: UInt64, user: UInt32, group: UInt32) {
        self.init(
            name: name, mode: mode, major: UInt32(truncatingIfNeeded: number >> 32 & 0xffff_f000 | number >> 8 & 0xfff),
            minor: UInt32(truncatingIfNeeded: number >> 12 & 0xffff_ff00 | number & 0xff), user: user, group: group)
    }

    /// The directory below /dev that it is in, or "".
    var directory: String { name.lastIndex(of: "/").map { String(name[..<$0]) } ?? "" }
    var baseName: String { name.lastIndex(of: "/").map { String(name[name.index(after: $0)...]) } ?? name }
    var isBlock: Bool { mode & 0o170_000 == 0o060_000 }

    /// What the kernel has for every container itself, and what means something else in each.
    package static let ownDirectories: Set<String> = ["pts", "shm", "mqueue", "fd"]
}
