/// The wire format's numbers (`podrun_program.h`); `ProgramFormatTests` compares them with the header.
package enum ProgramFormat {
    package static let magic: UInt32 = 0x3147_5250
    package static let version: UInt32 = 1
    package static let maximumSize = 8 << 20
    package static let maximumOps = 4096
    package static let maximumSlots = 512
    package static let noSlot: UInt32 = 0xffff_ffff
    package static let headerSize = 48
    package static let opSize = 40
    /// A path, its closing NUL not counted.
    package static let maximumPath = 4095
    /// Overlay mount data: one page, its closing NUL not counted.
    package static let maximumMountData = 4095

    package static let tolerateDenied: UInt16 = 0x0001
    package static let optional: UInt16 = 0x0002
    package static let recursive: UInt16 = 0x0004
    package static let makeDirectory: UInt16 = 0x0008
    package static let beneath: UInt16 = 0x0010
    package static let strictTarget: UInt16 = 0x0020
    package static let executable: UInt16 = 0x0040
}

extension ChildProgram {
    /// The bytes of `podrun_program.h`. `seccomp`: the compiled filter (`struct sock_filter[]`), used by the `.seccomp`
    /// op and nothing else. Throws when a limit of the format is passed or a string holds a NUL byte.
    package func encoded(seccomp: [UInt8] = []) throws(ProgramError) -> [UInt8] {
        var encoder = ChildProgramEncoder(seccomp: seccomp)
        for op in ops { try encoder.append(op) }
        return try encoder.finish(self)
    }
}

/// One op as it goes on the wire; unused fields stay zero.
private struct WireOp {
    var code: UInt16
    var flags: UInt16 = 0
    var slot: UInt32 = 0
    var s0: UInt32 = 0
    var s1: UInt32 = 0
    var s2: UInt32 = 0
    var x: UInt64 = 0
    var y: UInt64 = 0
}

/// The string table: equal strings are stored once, offset 0 is the empty string.
private struct StringTable {
    private(set) var bytes: [UInt8] = [0]
    private var offsets: [String: UInt32] = ["": 0]

    mutating func add(_ text: String) throws(ProgramError) -> UInt32 {
        if let offset = offsets[text] { return offset }
        let offset = UInt32(truncatingIfNeeded: bytes.count)
        try append(text)
        offsets[text] = offset
        return offset
    }

    /// A run of strings; `closed` by an empty one.
    mutating func add(run: [String], closed: Bool) throws(ProgramError) -> UInt32 {
        if run.isEmpty { return 0 }
        let offset = UInt32(truncatingIfNeeded: bytes.count)
        for text in run {
            if closed && text.isEmpty { throw ProgramError("encode a list: an entry is empty") }
            try append(text)
        }
        if closed { bytes.append(0) }
        return offset
    }

    /// Binary data, aligned for the 64-bit words in it.
    mutating func add(blob: [UInt8]) -> UInt32 {
        while bytes.count % 8 != 0 { bytes.append(0) }
        let offset = UInt32(truncatingIfNeeded: bytes.count)
        bytes.append(contentsOf: blob)
        return offset
    }

    mutating func add(words: [UInt32]) -> UInt32 {
        var blob: [UInt8] = []
        for word in words { blob.append(word: word) }
        return add(blob: blob)
    }

    /// The last byte of the table is NUL, whatever the last blob was.
    mutating func close() {
        bytes.append(0)
    }

    private mutating func append(_ text: String) throws(ProgramError) {
        // Checked here as well as at the end: offsets must not wrap before the end is reached.
        if bytes.count + text.utf8.count > ProgramFormat.maximumSize { throw ProgramError.tooLarge }
        var text = text
        let holdsNUL = text.withUTF8 { utf8 in
            bytes.append(contentsOf: utf8)
            return utf8.contains(0)
        }
        if holdsNUL { throw ProgramError("encode \(quoted(text)): the string holds a NUL byte") }
        bytes.append(0)
    }
}

extension ProgramError {
    fileprivate static let tooLarge = ProgramError(
        "encode the child program: arguments, environment and mounts take more than "
            + "\(ProgramFormat.maximumSize >> 20) MiB")
}

private struct ChildProgramEncoder {
    let seccomp: [UInt8]
    var strings = StringTable()
    var ops: [WireOp] = []

    mutating func append(_ op: ChildOp) throws(ProgramError) {
        ops.append(try wire(op))
    }

    private mutating func wire(_ op: ChildOp) throws(ProgramError) -> WireOp {
        var wire = WireOp(code: op.code)
        switch op {
        case .setNamespaces(let slot, let namespaces):
            wire.slot = slot.index
            wire.x = namespaces.rawValue
        case .unshare(let namespaces):
            wire.x = namespaces.rawValue
        case .netlink(let tag):
            wire.x = UInt64(tag)
        case .writeFile(let path, let bytes, let tolerateDenied, let optional):
            wire.flags =
                (tolerateDenied ? ProgramFormat.tolerateDenied : 0) | (optional ? ProgramFormat.optional : 0)
            wire.s0 = try add(path: path)
            wire.s1 = strings.add(blob: bytes)
            wire.x = UInt64(bytes.count)
        case .changeDirectory(let path), .workingDirectory(let path):
            wire.s0 = try add(path: path)
        case .openTree(let slot, let path, let recursive):
            wire.flags = recursive ? ProgramFormat.recursive : 0
            wire.slot = slot.index
            wire.s0 = try add(path: path)
        case .openTreeBeneath(let slot, let directory, let path, let recursive, let makes, _):
            wire.flags =
                ProgramFormat.beneath | (makes ? ProgramFormat.makeDirectory : 0)
                | (recursive ? ProgramFormat.recursive : 0)
            wire.slot = slot.index
            wire.s0 = try add(path: path)
            wire.x = UInt64(directory.index)
        case .openHostDirectory(let slot, let path):
            wire.slot = ProgramFormat.noSlot
            wire.s0 = try add(path: path)
            wire.x = UInt64(slot.index)
        case .mountRoot(let slot, let path, let overlay, let readOnly):
            wire.slot = slot.index
            wire.s0 = try add(path: path)
            if overlay.utf8.count > ProgramFormat.maximumMountData {
                throw ProgramError(
                    "encode the overlay mount: its options take \(overlay.utf8.count) bytes, the kernel takes "
                        + "\(ProgramFormat.maximumMountData): the image has too many layers")
            }
            wire.s1 = try strings.add(overlay)
            wire.x = readOnly ? 1 : 0
        case .makePrivate(let path, let recursive):
            wire.flags = recursive ? ProgramFormat.recursive : 0
            wire.s0 = try add(path: path)
        case .makeRoot(let slot, let path, let options, let readOnly):
            wire.slot = slot.index
            wire.s0 = try add(path: path)
            wire.s1 = try strings.add(run: options, closed: true)
            wire.x = readOnly ? 1 : 0
        case .owner(let user):
            wire.x = UInt64(user)
        case .mapIDs(let tree, let namespace, _):
            wire.slot = tree.index
            wire.x = UInt64(namespace.index)
        case .mount(let root, let target, let type, let options, let attributes, let strict):
            wire.flags = strict ? ProgramFormat.strictTarget : 0
            wire.slot = root.index
            wire.s0 = try add(path: target)
            wire.s1 = try strings.add(type)
            wire.s2 = try strings.add(run: options, closed: true)
            wire.x = attributes.rawValue
        case .attach(let root, let target, let source, let attributes, let propagation, let recursive, let strict):
            wire.flags = (recursive ? ProgramFormat.recursive : 0) | (strict ? ProgramFormat.strictTarget : 0)
            if attributes.contains(.executable) { wire.flags |= ProgramFormat.executable }
            wire.slot = root.index
            wire.s0 = try add(path: target)
            wire.s1 = propagation?.rawValue ?? 0
            wire.x = UInt64(source.index)
            wire.y = attributes.subtracting(.executable).rawValue
        case .openDirectory(let root, let path, let slot, let strict):
            wire.flags = strict ? ProgramFormat.strictTarget : 0
            wire.slot = root.index
            wire.s0 = try add(path: path)
            wire.x = UInt64(slot.index)
        case .mask(let root, let path), .readOnly(let root, let path):
            wire.flags = ProgramFormat.optional
            wire.slot = root.index
            wire.s0 = try add(path: path)
        case .makeNode(let directory, let device):
            wire.slot = directory.index
            wire.s0 = try strings.add(device.baseName)
            wire.s1 = device.user
            wire.s2 = device.group
            wire.x = UInt64(device.mode)
            wire.y = deviceNumber(major: device.major, minor: device.minor)
        case .symlink(let directory, let name, let target):
            wire.slot = directory.index
            wire.s0 = try strings.add(name)
            wire.s1 = try strings.add(target)
        case .console(let root, let tag):
            wire.slot = root.index
            wire.x = UInt64(tag)
        case .pivot(let root):
            wire.slot = root.index
        case .hostName(let name):
            if name.utf8.count > 64 { throw ProgramError("encode the host name \(quoted(name)): more than 64 bytes") }
            wire.s0 = try strings.add(name)
        case .limit(let resource, let soft, let hard):
            wire.flags = ProgramFormat.tolerateDenied
            wire.s0 = resource.rawValue
            wire.x = soft
            wire.y = hard
        case .keyring:
            // An anonymous keyring: a named one could be joined by whoever guesses the name.
            wire.flags = ProgramFormat.tolerateDenied
        case .terminal(let tag, let rows, let columns):
            wire.x = UInt64(tag)
            wire.y = UInt64(rows) << 16 | UInt64(columns)
        case .bounding(let capabilities), .capabilities(let capabilities):
            wire.x = capabilities.rawValue
        case .groups(let groups):
            wire.s0 = strings.add(words: groups)
            wire.x = UInt64(groups.count)
        case .identity(let user, let group):
            wire.x = UInt64(user)
            wire.y = UInt64(group)
        case .noNewPrivileges:
            break
        case .seccomp:
            // A filter of no instructions would be no filter: never let it pass silently.
            if seccomp.isEmpty || seccomp.count % 8 != 0 {
                throw ProgramError("encode the seccomp filter: \(seccomp.count) bytes are no list of instructions")
            }
            wire.s0 = strings.add(blob: seccomp)
            wire.x = UInt64(seccomp.count / 8)
        case .umask(let mask):
            wire.x = UInt64(mask)
        case .execute(let arguments, let environment, let searchPath):
            wire.s0 = try strings.add(run: arguments, closed: false)
            wire.s1 = try strings.add(run: environment, closed: true)
            wire.s2 = try strings.add(searchPath)
            wire.x = UInt64(arguments.count)
        case .executeDescriptor(let slot, let arguments, let environment):
            wire.slot = slot.index
            wire.s0 = try strings.add(run: arguments, closed: false)
            wire.s1 = try strings.add(run: environment, closed: true)
            wire.x = UInt64(arguments.count)
        }
        return wire
    }

    private mutating func add(path: String) throws(ProgramError) -> UInt32 {
        if path.isEmpty { throw ProgramError("encode a path: it is empty") }
        if path.utf8.count > ProgramFormat.maximumPath {
            throw ProgramError("encode the path \(quoted(path)): more than \(ProgramFormat.maximumPath) bytes")
        }
        return try strings.add(path)
    }

    mutating func finish(_ program: ChildProgram) throws(ProgramError) -> [UInt8] {
        strings.close()
        if ops.count > ProgramFormat.maximumOps {
            throw ProgramError("encode the child program: \(ops.count) steps, at most \(ProgramFormat.maximumOps)")
        }
        if program.slotCount > ProgramFormat.maximumSlots {
            throw ProgramError(
                "encode the child program: \(program.slotCount) descriptors, at most \(ProgramFormat.maximumSlots): "
                    + "the container has too many volume mounts")
        }
        let stringOffset = ProgramFormat.headerSize + ops.count * ProgramFormat.opSize
        let total = stringOffset + strings.bytes.count
        if total > ProgramFormat.maximumSize { throw ProgramError.tooLarge }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(total)
        for word in [
            ProgramFormat.magic, ProgramFormat.version, UInt32(total), UInt32(ops.count), UInt32(stringOffset),
            UInt32(strings.bytes.count), UInt32(program.passedSlots.count), program.slotCount,
        ] {
            bytes.append(word: word)
        }
        bytes.append(word: program.cloneFlags.rawValue)
        bytes.append(word: program.cgroupSlot?.index ?? ProgramFormat.noSlot)
        bytes.append(word: program.pidNamespaceSlot?.index ?? ProgramFormat.noSlot)
        for op in ops {
            bytes.append(word: op.code)
            bytes.append(word: op.flags)
            bytes.append(word: op.slot)
            bytes.append(word: op.s0)
            bytes.append(word: op.s1)
            bytes.append(word: op.s2)
            bytes.append(word: UInt32(0))
            bytes.append(word: op.x)
            bytes.append(word: op.y)
        }
        bytes.append(contentsOf: strings.bytes)
        return bytes
    }
}

extension [UInt8] {
    /// Host byte order: podrun's machines (x86_64, aarch64) are all little-endian.
    fileprivate mutating func append(word: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) }
    }
}

/// glibc's makedev(3) for numbers that fit the kernel's 12 + 20 bits.
func deviceNumber(major: UInt32, minor: UInt32) -> UInt64 {
    let high = UInt64(major & ~0xfff) << 32 | UInt64(minor & ~0xff) << 12
    return high | UInt64(major & 0xfff) << 8 | UInt64(minor & 0xff)
}
