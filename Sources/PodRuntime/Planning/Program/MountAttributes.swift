/// MOUNT_ATTR_* bits of fsmount and mount_setattr (linux/mount.h).
package struct MountAttributes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountAttributes(rawValue: 0x01)
    package static let noSetUID = MountAttributes(rawValue: 0x02)
    package static let noDevices = MountAttributes(rawValue: 0x04)
    package static let noExecute = MountAttributes(rawValue: 0x08)
    /// What is on the mount may be run, also where the host's mount of it says no. Not the kernel's: a flag of ATTACH.
    package static let executable = MountAttributes(rawValue: 1 << 63)
    package static let strictAccessTime = MountAttributes(rawValue: 0x20)

    /// Mount option words as `/proc/self/mountinfo` prints them.
    package var text: String {
        var words: [String] = [contains(.readOnly) ? "ro" : "rw"]
        if contains(.noSetUID) { words.append("nosuid") }
        if contains(.noDevices) { words.append("nodev") }
        if contains(.noExecute) { words.append("noexec") }
        if contains(.executable) { words.append("exec") }
        return words.joined(separator: ",")
    }
}

/// MS_PRIVATE and its like for a volume's mount; the raw value is what ATTACH carries.
package enum MountPropagation: UInt32, Sendable {
    case privateMount = 0x0004_0000
    case slave = 0x0008_0000
    case shared = 0x0010_0000

    /// The kernel's word with `r` for recursive, as mount(8) takes it.
    package var text: String {
        switch self {
        case .privateMount: return "rprivate"
        case .slave: return "rslave"
        case .shared: return "rshared"
        }
    }
}
