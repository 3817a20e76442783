/// A descriptor that must come with the request; its place in `ChildProgram.passedSlots` is its slot.
package enum PassedSlot: String, Sendable, Hashable, CaseIterable {
    /// pidfd of the pod's pause: its net, ipc and uts namespaces are joined.
    case pausePidfd
    /// pidfd of the running container that an exec joins, or whose pid namespace an ephemeral container is born in.
    case containerPidfd
    /// The cgroup2 directory that the child is born in.
    case cgroup
    /// The sealed memfd of pause's executable.
    case pauseExecutable
    /// The sealed memfd of the copier's executable (Sources/Copier).
    case copierExecutable
    case stdin, stdout, stderr
    /// The pod's user namespace (nsfs).
    case userNamespace
    /// A clone of a mount of the host's namespace, for Bidirectional propagation; one for each such mount, in their order.
    case sharedMount
}

/// Tags of descriptors that a child hands back (RETURNED messages).
package enum ReturnTag {
    /// A NETLINK_ROUTE socket of the pod's net namespace.
    package static let netlink: UInt32 = 1
    /// The master of the pty that a tty container or `exec -t` runs on.
    package static let terminal: UInt32 = 2
}

/// What the keeper runs between clone and exec: a plain value, encoded to `podrun_program.h`'s bytes.
package struct ChildProgram: Sendable, Equatable {
    package var ops: [ChildOp]
    package var cloneFlags: NamespaceSet
    package var passedSlots: [PassedSlot]
    /// The cgroup2 directory's slot for CLONE_INTO_CGROUP.
    package var cgroupSlot: Slot?
    /// A pidfd whose pid namespace the child is born in.
    package var pidNamespaceSlot: Slot?
    /// Passed slots and those that ops fill.
    package var slotCount: UInt32
    /// What `ops` loads as its seccomp filter; nil where the program has no `.seccomp` op.
    package var seccomp: SeccompPlan?

    package init(
        ops: [ChildOp], cloneFlags: NamespaceSet, passedSlots: [PassedSlot] = [], cgroupSlot: Slot? = nil,
        pidNamespaceSlot: Slot? = nil, slotCount: UInt32, seccomp: SeccompPlan? = nil
    ) {
        self.ops = ops
        self.cloneFlags = cloneFlags
        self.passedSlots = passedSlots
        self.cgroupSlot = cgroupSlot
        self.pidNamespaceSlot = pidNamespaceSlot
        self.slotCount = slotCount
        self.seccomp = seccomp
    }

    package func slot(of passed: PassedSlot) -> Slot? {
        passedSlots.firstIndex(of: passed).map { Slot(UInt32($0)) }
    }
}

/// Builds a program op by op and hands out slots.
struct ChildProgramBuilder {
    private(set) var program: ChildProgram

    init(cloneFlags: NamespaceSet, passedSlots: [PassedSlot]) {
        program = ChildProgram(
            ops: [], cloneFlags: cloneFlags, passedSlots: passedSlots, slotCount: UInt32(passedSlots.count))
        program.cgroupSlot = program.slot(of: .cgroup)
    }

    mutating func append(_ op: ChildOp) {
        program.ops.append(op)
    }

    mutating func newSlot() -> Slot {
        defer { program.slotCount += 1 }
        return Slot(program.slotCount)
    }

    mutating func beBornInPidNamespace(of passed: PassedSlot) {
        program.pidNamespaceSlot = program.slot(of: passed)
    }

    mutating func loadSeccomp(_ plan: SeccompPlan) {
        program.seccomp = plan
        program.ops.append(.seccomp)
    }
}
