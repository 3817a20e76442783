import CShim
import Testing

@testable import PodPlanning

@Suite struct EncoderTests {
    @Test func encodesATinyProgram() throws {
        let program = ChildProgram(
            ops: [
                .setNamespaces(of: Slot(0), [.network, .ipc]),
                .identity(user: 1000, group: 2000),
                .execute(arguments: ["sh", ""], environment: ["A=1"], searchPath: "/bin"),
            ],
            cloneFlags: [.mount, .pid], passedSlots: [.pausePidfd, .cgroup], cgroupSlot: Slot(1), slotCount: 3)
        let expected = """
            50524731 01000000 b8000000 03000000  magic, version, total size 184, 3 ops
            a8000000 10000000 02000000 03000000  strings at 168, 16 bytes, 2 slots passed of 3
            00000220 00000000 01000000 ffffffff  clone NEWNS|NEWPID, cgroup slot 1, no pid namespace slot

            0100 0000 00000000                   SETNS, slot 0
            00000000 00000000 00000000 00000000
            00000048 00000000 00000000 00000000  NEWNET|NEWIPC

            2f00 0000 00000000                   IDENTITY
            00000000 00000000 00000000 00000000
            e8030000 00000000 d0070000 00000000  1000, 2000

            3400 0000 00000000                   EXEC
            01000000 05000000 0a000000 00000000  argv at 1, envp at 5, search path at 10
            02000000 00000000 00000000 00000000  2 arguments

            00                                   the empty string
            736800 00                            "sh", ""
            413d3100 00                          "A=1", end of list
            2f62696e00                           "/bin"
            00                                   the table's last byte is NUL
            """
        #expect(try hexadecimal(program.encoded()) == digits(of: expected))
    }

    @Test func alignsBlobsAndKeepsNULInThem() throws {
        let bytes = try ChildProgram(
            ops: [
                .writeFile(path: "/x", bytes: [1, 0, 2], tolerateDenied: true, optional: false),
                .groups([7, 50]),
                .seccomp,
                .execute(arguments: ["/a"], environment: [], searchPath: ""),
            ], cloneFlags: [], slotCount: 0
        ).encoded(seccomp: [1, 2, 3, 4, 5, 6, 7, 8])
        let header = UnsafeHeader(bytes)
        let write = header.op(0)
        #expect(write.flags == 1 && write.x == 3)
        #expect(header.blob(write.s1, 3) == [1, 0, 2])
        let groups = header.op(1)
        #expect(groups.s0 % 8 == 0 && header.blob(groups.s0, 8) == [7, 0, 0, 0, 50, 0, 0, 0])
        let seccomp = header.op(2)
        #expect(seccomp.s0 % 8 == 0 && seccomp.x == 1)
        #expect(header.blob(seccomp.s0, 8) == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func storesEqualStringsOnce() throws {
        let bytes = try ChildProgram(
            ops: [.changeDirectory("/same"), .changeDirectory("/same")], cloneFlags: [], slotCount: 0
        ).encoded()
        let header = UnsafeHeader(bytes)
        #expect(header.op(0).s0 == header.op(1).s0)
    }

    @Test(arguments: [
        (ChildOp.changeDirectory("/a\0b"), "encode \"/a\\x00b\": the string holds a NUL byte"),
        (.changeDirectory(""), "encode a path: it is empty"),
        (.seccomp, "encode the seccomp filter: 0 bytes are no list of instructions"),
        (
            .execute(arguments: ["a"], environment: [""], searchPath: ""), "encode a list: an entry is empty"
        ),
        (
            .execute(arguments: [String(repeating: "x", count: 9 << 20)], environment: [], searchPath: ""),
            "encode the child program: arguments, environment and mounts take more than 8 MiB"
        ),
        (
            .mountRoot(
                into: Slot(0), at: "/r", overlay: String(repeating: "l", count: 4096), readOnly: false),
            "encode the overlay mount: its options take 4096 bytes, the kernel takes 4095: the image has too many layers"
        ),
    ])
    func refusesWhatTheKeeperWould(op: ChildOp, message: String) {
        let program = ChildProgram(ops: [op], cloneFlags: [], slotCount: 1)
        let error = #expect(throws: ProgramError.self) { try program.encoded() }
        #expect(error?.description == message)
    }

    @Test func refusesTooManyOpsAndSlots() {
        let ops = [ChildOp](repeating: .keyring, count: 4097)
        #expect(throws: ProgramError.self) {
            try ChildProgram(ops: ops, cloneFlags: [], slotCount: 0).encoded()
        }
        #expect(throws: ProgramError.self) {
            try ChildProgram(ops: [.keyring], cloneFlags: [], slotCount: 513).encoded()
        }
    }

    /// Swift's numbers are written down a second time, since planning does not import C: here they are held together.
    @Test func agreesWithTheHeader() {
        #expect(ProgramFormat.magic == PODRUN_PROGRAM_MAGIC)
        #expect(ProgramFormat.version == PODRUN_PROGRAM_VERSION)
        #expect(ProgramFormat.maximumSize == 8 << 20)
        #expect(ProgramFormat.maximumOps == Int(PODRUN_PROGRAM_MAX_OPS))
        #expect(ProgramFormat.maximumSlots == Int(PODRUN_MAX_SLOTS))
        #expect(ProgramFormat.noSlot == PODRUN_NO_SLOT)
        #expect(ProgramFormat.headerSize == MemoryLayout<podrun_program_header>.size)
        #expect(ProgramFormat.opSize == MemoryLayout<podrun_op>.size)
        #expect(UInt32(ProgramFormat.tolerateDenied) == PODRUN_F_TOLERATE_EPERM)
        #expect(UInt32(ProgramFormat.optional) == PODRUN_F_OPTIONAL)
        #expect(UInt32(ProgramFormat.recursive) == PODRUN_F_RECURSIVE)
        #expect(UInt32(ProgramFormat.makeDirectory) == PODRUN_F_DIRECTORY)
        #expect(UInt32(ProgramFormat.beneath) == PODRUN_F_BENEATH)
        #expect(UInt32(ProgramFormat.strictTarget) == PODRUN_F_STRICT_TARGET)
        #expect(UInt32(ProgramFormat.executable) == PODRUN_F_EXECUTABLE)
        let codes: [(ChildOp, podrun_op_code)] = [
            (.setNamespaces(of: Slot(0), []), PODRUN_OP_SETNS), (.unshare([]), PODRUN_OP_UNSHARE),
            (.netlink(tag: 0), PODRUN_OP_NETLINK),
            (.writeFile(path: "", bytes: [], tolerateDenied: false, optional: false), PODRUN_OP_WRITE_FILE),
            (.changeDirectory(""), PODRUN_OP_CHDIR),
            (.openTree(into: Slot(0), path: "", recursive: false), PODRUN_OP_OPEN_TREE),
            (
                .openTreeBeneath(
                    into: Slot(0), directory: Slot(0), path: "", recursive: false, makes: true, volumeMount: ""),
                PODRUN_OP_OPEN_TREE
            ),
            (.openHostDirectory(into: Slot(0), path: ""), PODRUN_OP_OPEN_DIR),
            (.mountRoot(into: Slot(0), at: "", overlay: "", readOnly: false), PODRUN_OP_MOUNT_ROOT),
            (.makePrivate(path: "", recursive: false), PODRUN_OP_PRIVATE),
            (.makeRoot(into: Slot(0), at: "", options: [], readOnly: false), PODRUN_OP_MAKE_ROOT),
            (.owner(0), PODRUN_OP_OWNER), (.mapIDs(of: Slot(0), userNamespace: Slot(0), source: ""), PODRUN_OP_MAP_IDS),
            (
                .mount(root: Slot(0), target: "", type: "", options: [], attributes: [], strict: false),
                PODRUN_OP_MOUNT
            ),
            (
                .attach(
                    root: Slot(0), target: "", source: Slot(0), attributes: [], propagation: nil, recursive: false,
                    strict: false), PODRUN_OP_ATTACH
            ),
            (.openDirectory(root: Slot(0), path: "", into: Slot(0), strict: false), PODRUN_OP_OPEN_DIR),
            (.mask(root: Slot(0), path: ""), PODRUN_OP_MASK), (.readOnly(root: Slot(0), path: ""), PODRUN_OP_READ_ONLY),
            (.makeNode(directory: Slot(0), HostDevice(name: "", mode: 0, major: 0, minor: 0)), PODRUN_OP_MKNOD),
            (.symlink(directory: Slot(0), name: "", target: ""), PODRUN_OP_SYMLINK),
            (.console(root: Slot(0), tag: 0), PODRUN_OP_CONSOLE), (.pivot(root: Slot(0)), PODRUN_OP_PIVOT),
            (.hostName(""), PODRUN_OP_HOSTNAME), (.limit(.cpu, soft: 0, hard: 0), PODRUN_OP_RLIMIT),
            (.keyring, PODRUN_OP_KEYRING), (.workingDirectory(""), PODRUN_OP_WORKDIR),
            (.terminal(tag: 0, rows: 0, columns: 0), PODRUN_OP_TERMINAL), (.bounding([]), PODRUN_OP_BOUNDING),
            (.groups([]), PODRUN_OP_GROUPS), (.identity(user: 0, group: 0), PODRUN_OP_IDENTITY),
            (.noNewPrivileges, PODRUN_OP_NO_NEW_PRIVS), (.seccomp, PODRUN_OP_SECCOMP),
            (.capabilities([]), PODRUN_OP_CAPABILITIES), (.umask(0), PODRUN_OP_UMASK),
            (.execute(arguments: [], environment: [], searchPath: ""), PODRUN_OP_EXEC),
            (.executeDescriptor(Slot(0), arguments: [], environment: []), PODRUN_OP_EXEC_FD),
        ]
        for (op, code) in codes { #expect(UInt32(op.code) == code.rawValue, "\(op)") }
    }

    @Test func deviceNumbersAreThoseOfMakedev() {
        #expect(deviceNumber(major: 1, minor: 3) == 0x103)
        #expect(deviceNumber(major: 136, minor: 300) == 0x10882c)
    }
}

/// Reads ops back as C would see them.
private struct UnsafeHeader {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func op(_ index: Int) -> podrun_op {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 48 + index * 40, as: podrun_op.self) }
    }

    func blob(_ offset: UInt32, _ count: Int) -> [UInt8] {
        let start = bytes.withUnsafeBytes {
            Int($0.loadUnaligned(as: podrun_program_header.self).string_offset)
        }
        return Array(bytes[(start + Int(offset))..<(start + Int(offset) + count)])
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The hexadecimal columns of a commented dump: groups of digits at the start of each line.
private func digits(of dump: String) -> String {
    dump.split(separator: "\n").map { line in
        var result = ""
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            guard !word.isEmpty, word.allSatisfy(\.isHexDigit) else { break }
            result += word
        }
        return result
    }.joined()
}
