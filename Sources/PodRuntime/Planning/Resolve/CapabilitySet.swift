/// Linux capabilities as a bit mask (linux/capability.h), with Kubernetes' names.
package struct CapabilitySet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Names without CAP_; the index is the capability's number.
    package static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    private static let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))

    /// What a container gets that asks for nothing: Docker's and containerd's 14 (docs: container-env section 6).
    package static let containerDefault = CapabilitySet(rawValue: 0xa804_25fb)

    /// All that a kernel knows whose last capability has number `last`.
    package static func all(last: Int) -> CapabilitySet {
        let count = min(max(last, -1) + 1, 63)
        return CapabilitySet(rawValue: (1 << UInt64(count)) - 1)
    }

    /// The capability named so, with or without `CAP_`, in any case; nil where there is none.
    package init?(name: String) {
        var word = Substring(name.uppercased())
        if word.hasPrefix("CAP_") { word = word.dropFirst(4) }
        guard let number = CapabilitySet.numbers[String(word)] else { return nil }
        self.init(rawValue: 1 << UInt64(number))
    }

    /// `CAP_*` names in the order of their numbers; numbers that have no name here as `CAP_63`.
    package var capabilityNames: [String] {
        (0..<64).filter { rawValue >> UInt64($0) & 1 == 1 }.map { number in
            "CAP_" + (number < CapabilitySet.names.count ? CapabilitySet.names[number] : String(number))
        }
    }

    /// 16 hexadecimal digits, as `/proc/self/status` shows the mask.
    package var hexadecimal: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    package func has(_ name: String) -> Bool {
        CapabilitySet(name: name).map { isSuperset(of: $0) } ?? false
    }
}
