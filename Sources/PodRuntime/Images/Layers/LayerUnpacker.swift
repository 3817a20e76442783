import CShim
import Glibc
import PodLinux

/// Turns one layer's tar stream into the directory that overlayfs mounts: whiteout files become character devices 0:0,
/// what opaque marks and missing entries of directories ask for is written down for ``LayerMending``.
struct LayerUnpacker {
    /// What came out.
    struct Result: Equatable {
        /// Digest of the uncompressed tar stream.
        var diffID: ContentDigest
        var entries: Int
        /// Logical bytes of the files.
        var bytes: Int64
    }

    private static let whiteoutPrefix = Array(".wh.".utf8CString.dropLast())
    /// AUFS's own bookkeeping (`.wh..wh.plnk`, `.wh..wh.aufs`, ...), no part of the image.
    private static let metadataPrefix = Array(".wh..wh.".utf8CString.dropLast())
    private static let opaqueName = Array(".wh..wh..opq".utf8CString)

    private let limits: ImageLimits
    private let window: WindowRule
    private let tree: LayerTree
    private let progress: (Int64) -> Void
    private var bytes: Int64 = 0
    private var entries = 0
    private var unchecked: Int64 = 0

    /// - Parameters:
    ///   - root: an empty directory nobody else looks at yet.
    ///   - journal: an empty one; complete when ``unpack(_:)`` returns.
    ///   - progress: told the number of file bytes written since the last call.
    ///   - awaitTurn: called before a stream is read that takes much memory.
    init(
        into root: consuming Descriptor, journal: DirectoryJournal, limits: ImageLimits,
        progress: @escaping (Int64) -> Void = { _ in }, awaitTurn: @escaping () throws -> Void = {}
    ) throws {
        self.limits = limits
        window = WindowRule(limit: limits.windowBytes, awaitTurn: awaitTurn)
        self.progress = progress
        tree = try LayerTree(root: root, journal: journal, limits: limits)
    }

    /// Reads the layer to its very end (also what follows the end-of-archive mark, it counts for the digest).
    mutating func unpack(_ compressed: any ByteBlocks) throws -> Result {
        let plain = try DecompressedBlocks(compressed, limit: limits.layerStreamBytes, window: window)
        let reader = try TarReader(plain, limits: limits)
        try checkSpace()
        while let entry = try reader.next() {
            entries += 1
            try apply(entry, reader)
        }
        try tree.finish()
        return Result(diffID: try plain.digest(), entries: entries, bytes: bytes)
    }

    private mutating func apply(_ entry: TarEntry, _ reader: TarReader) throws {
        let path = entry.path
        if try isMarker(path) { return }
        switch entry.kind {
        case .directory:
            try tree.makeDirectory(path, LayerTree.Metadata(entry))
        case .file(let size):
            try write(entry, size: size, reader)
        case .symbolicLink(let target):
            _ = try tree.replace(path, "symlink") { symlinkat(target, $0, $1) }
            try setLinkMetadata(entry)
        case .hardLink(let target):
            try link(path, to: target)
        case .character(let device):
            try makeNode(entry, type: S_IFCHR, device: device)
        case .block(let device):
            try makeNode(entry, type: S_IFBLK, device: device)
        case .fifo:
            try makeNode(entry, type: S_IFIFO, device: 0)
        }
    }

    // MARK: Whiteouts

    /// True when the entry is about the layers below and not a file of its own.
    private func isMarker(_ path: EntryPath) throws -> Bool {
        for component in path.parent.dropLast().split(separator: CChar(UInt8(ascii: "/"))) {
            if component.starts(with: Self.metadataPrefix) { return true }
            if component.starts(with: Self.whiteoutPrefix) { throw Self.failure(path, "a whiteout is not a directory") }
        }
        guard path.name.starts(with: Self.whiteoutPrefix) else { return false }
        if path.name == Self.opaqueName {
            try tree.makeOpaque(path.parent)
            return true
        }
        if path.name.starts(with: Self.metadataPrefix) { return true }
        let hidden = Array(path.name.dropFirst(Self.whiteoutPrefix.count))
        // ".wh.", ".wh.." and ".wh..." would hide the directory itself or its parent.
        if ["", ".", ".."].contains(EntryPath.text(hidden)) { throw Self.failure(path, "a whiteout of nothing") }
        try tree.whiteOut(EntryPath(parent: path.parent, name: hidden))
        return true
    }

    // MARK: Files

    private mutating func write(_ entry: TarEntry, size: Int64, _ reader: TarReader) throws {
        let path = entry.path
        let (total, overflow) = bytes.addingReportingOverflow(size)
        if overflow || total > limits.layerBytes {
            throw Self.failure(path, "the layer's files have more than \(limits.layerBytes) bytes")
        }
        bytes = total
        let fd = try tree.replace(path, "create") {
            openat($0, $1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        let file = Descriptor(fd)
        var end: Int64 = 0
        try reader.readData { block, offset in
            let (blockEnd, overflow) = offset.addingReportingOverflow(Int64(block.count))
            if overflow || offset < 0 || blockEnd > size { throw Self.failure(path, "data beyond its size") }
            var done = 0
            while done < block.count {
                done += try check("write", path.text) {
                    pwrite(file.raw, block.baseAddress.map { $0 + done }, block.count - done, Int(offset) + done)
                }
            }
            end = max(end, blockEnd)
            try account(Int64(block.count))
        }
        // A hole at the end, of a sparse file.
        if end < size { try check("truncate", path.text) { ftruncate(file.raw, Int(size)) } }
        try check("chown", path.text) { fchown(fd, entry.user, entry.group) }
        try check("chmod", path.text) { fchmod(fd, entry.mode) }
        try tree.setAttributes(entry.attributes, on: fd, path: path.name)
        try check("set times", path.text) { futimens(fd, [entry.modified, entry.modified]) }
    }

    private func link(_ path: EntryPath, to target: EntryPath) throws {
        if target.isRoot || target.name.starts(with: Self.whiteoutPrefix) {
            throw Self.failure(path, "hard link to \"\(target.text)\"")
        }
        if target == path { return }
        let holder = try tree.existingDirectory(at: target.parent)
        guard let holder,
            try check(
                "stat", target.text, unless: ENOENT,
                body: {
                    faccessat(holder.raw, target.name, F_OK, AT_SYMLINK_NOFOLLOW)
                }) != nil
        else {
            throw Self.failure(path, "hard link target \"\(target.text)\" is not in this layer")
        }
        _ = try tree.replace(path, "link") { linkat(holder.raw, target.name, $0, $1, 0) }
    }

    private func makeNode(_ entry: TarEntry, type: mode_t, device: UInt64) throws {
        _ = try tree.replace(entry.path, "mknod") { mknodat($0, $1, type | 0o600, dev_t(device)) }
        try setLinkMetadata(entry)
    }

    /// Owner, mode and times of something that can't be opened for them. It was made a moment ago in a directory only
    /// this process uses, and links are not followed.
    private func setLinkMetadata(_ entry: TarEntry) throws {
        let path = entry.path
        let holder = try tree.directory(at: path.parent)
        try check("chown", path.text) { fchownat(holder.raw, path.name, entry.user, entry.group, AT_SYMLINK_NOFOLLOW) }
        if case .symbolicLink = entry.kind {
        } else {
            try check("chmod", path.text) { fchmodat(holder.raw, path.name, entry.mode, AT_SYMLINK_NOFOLLOW) }
        }
        let times = [entry.modified, entry.modified]
        try check("set times", path.text) { utimensat(holder.raw, path.name, times, AT_SYMLINK_NOFOLLOW) }
    }

    // MARK: Space

    private mutating func account(_ count: Int64) throws {
        progress(count)
        unchecked += count
        if unchecked >= 32 << 20 {
            unchecked = 0
            try checkSpace()
        }
    }

    private func checkSpace() throws {
        try FreeSpace.check(tree.root.raw, reserved: limits.reservedBytes)
    }

    private static func failure(_ path: EntryPath, _ reason: String) -> ImageError {
        ImageError(.invalid, "invalid entry \"\(path.text)\": \(reason)")
    }
}

/// Stops a write before the file system of an open file is full.
enum FreeSpace {
    static func check(_ fd: Int32, reserved: Int64) throws {
        var space = statvfs()
        try PodLinux.check("statvfs") { fstatvfs(fd, &space) }
        let free = Int64(clamping: space.f_bavail).multipliedReportingOverflow(by: Int64(space.f_frsize))
        if !free.overflow, free.partialValue < reserved {
            throw ImageError(.host, "not enough space: less than \(reserved >> 20) MiB free where images are kept")
        }
    }
}
