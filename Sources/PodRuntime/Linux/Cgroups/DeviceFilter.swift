import CShim
import Glibc
import PodPlanning

/// Which devices the processes of a cgroup may open or make, as a program in the kernel. The default capabilities
/// include MKNOD, so this is what keeps a container from opening the host's disks.
struct DeviceFilter {
    /// Loaded programs by their rules: most containers share one.
    private var programs: [[DeviceRule]: DescriptorBox] = [:]

    /// Holds for the cgroup at `path` as long as it exists, together with the filters of those above it.
    mutating func attach(_ rules: [DeviceRule], to path: String) throws(SyscallError) {
        if rules == DeviceRule.everything { return }
        let program = try program(for: rules)
        let cgroup = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        let fd = cgroup.raw
        try check("attach device filter to cgroup", path) { podrun_device_filter_attach(fd, program.raw) }
    }

    private mutating func program(for rules: [DeviceRule]) throws(SyscallError) -> DescriptorBox {
        if let loaded = programs[rules] { return loaded }
        let code = Self.instructions(for: rules)
        let box = DescriptorBox(
            Descriptor(try check("load device filter") { podrun_device_filter_load(code, code.count) }))
        programs[rules] = box
        return box
    }

    /// The context is {access << 16 | type, major, minor}, 32 bits each; the answer 1 allows. A rule that does not
    /// match jumps to the next; after the last one nothing is allowed.
    static func instructions(for rules: [DeviceRule]) -> [UInt64] {
        let (type, access, major, minor, scratch): (UInt8, UInt8, UInt8, UInt8, UInt8) = (2, 3, 4, 5, 6)
        var code: [UInt64] = [
            instruction(0x61, type, 1, 0),  // type = load32(context)
            instruction(0xbc, access, type),  // access = type
            instruction(0x54, type, immediate: 0xffff),  // type &= 0xffff
            instruction(0x74, access, immediate: 16),  // access >>= 16
            instruction(0x61, major, 1, 4),
            instruction(0x61, minor, 1, 8),
        ]
        for rule in rules {
            // (register, value): jump to the next rule when they differ.
            var block: [UInt64] = []
            var jumps: [Int] = []
            func unlessEqual(_ register: UInt8, _ value: UInt32) {
                jumps.append(block.count)
                block.append(instruction(0x55, register, immediate: value))
            }
            if rule.type != "a" { unlessEqual(type, rule.type == "b" ? 1 : 2) }
            let allowed = rule.accessMask
            if allowed != 7 {
                block.append(instruction(0xbc, scratch, access))  // scratch = access
                block.append(instruction(0x54, scratch, immediate: ~allowed))  // scratch &= what is not allowed
                unlessEqual(scratch, 0)
            }
            if let wanted = rule.major { unlessEqual(major, wanted) }
            if let wanted = rule.minor { unlessEqual(minor, wanted) }
            block.append(instruction(0xb7, 0, immediate: 1))
            block.append(instruction(0x95, 0))
            for jump in jumps { block[jump] |= UInt64(UInt16(block.count - jump - 1)) << 16 }
            code += block
        }
        return code + [instruction(0xb7, 0, immediate: 0), instruction(0x95, 0)]
    }

    /// struct bpf_insn, little endian.
    private static func instruction(
        _ code: UInt8, _ destination: UInt8, _ source: UInt8 = 0, _ offset: UInt16 = 0, immediate: UInt32 = 0
    ) -> UInt64 {
        UInt64(code) | UInt64(source << 4 | destination) << 8 | UInt64(offset) << 16 | UInt64(immediate) << 32
    }
}

extension DeviceRule: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// BPF_DEVCG_ACC_*.
    fileprivate var accessMask: UInt32 {
        (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0)
    }
}
