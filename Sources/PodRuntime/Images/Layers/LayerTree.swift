import CShim
import Glibc
import PodLinux

/// The directory a layer is unpacked into.
///
/// Every entry is made by its last name inside a parent descriptor that the kernel resolved below the layer's root
/// (openat2 RESOLVE_IN_ROOT): symbolic links of the layer are followed inside the layer, `..` stops at its root, magic
/// links and other file systems are refused. No host path is ever built from a name out of an archive.
final class LayerTree {
    let root: Descriptor
    private let journal: DirectoryJournal
    private let limits: ImageLimits
    private var implied = 0
    /// The last parent used; archives come in tree order, so one is nearly always enough.
    private var parent: (path: [CChar], directory: DescriptorBox)?

    /// `journal` gets to know every directory, also what only the layers below can say: ``LayerMending`` reads it.
    init(root: consuming Descriptor, journal: DirectoryJournal, limits: ImageLimits) throws {
        self.root = root
        self.journal = journal
        self.limits = limits
        try imply(self.root.raw, path: [0])
    }

    /// Owner, permission bits and time of a directory.
    struct Metadata {
        var mode: mode_t = 0o755
        var user: uid_t = 0
        var group: gid_t = 0
        var modified = timespec()
        var attributes: [(name: String, value: [UInt8])] = []

        init(_ entry: TarEntry) {
            mode = entry.mode
            user = entry.user
            group = entry.group
            modified = entry.modified
            attributes = entry.attributes
        }
    }

    // MARK: Parents

    /// The directory at `path` below the root, made where missing.
    func directory(at path: [CChar]) throws -> DescriptorBox {
        if let parent, parent.path == path { return parent.directory }
        let opened = try open(path) ?? makeDirectories(path)
        parent = (path, opened)
        return opened
    }

    /// nil where it is missing.
    func existingDirectory(at path: [CChar]) throws -> DescriptorBox? {
        if let parent, parent.path == path { return parent.directory }
        return try open(path)
    }

    private func makeDirectories(_ path: [CChar]) throws -> DescriptorBox {
        let components = path.dropLast().split(separator: CChar(UInt8(ascii: "/"))).map(Array.init)
        var known = try open([0])
        var prefix: [CChar] = []
        for component in components {
            if !prefix.isEmpty { prefix.append(CChar(UInt8(ascii: "/"))) }
            prefix += component
            if let existing = try open(prefix + [0]) {
                known = existing
                continue
            }
            guard let holder = known else { break }
            let name = component + [0]
            guard try make(directory: name, in: holder) else {
                throw ImageError(.invalid, "\"\(EntryPath.text(prefix))\" is not a directory")
            }
            let made = try openDirectory(name, in: holder)
            try imply(made.raw, path: prefix + [0])
            known = made
        }
        guard let known else { throw ImageError(.invalid, "\"\(EntryPath.text(path))\" is not a directory") }
        return known
    }

    /// nil when some part is missing.
    private func open(_ path: [CChar]) throws -> DescriptorBox? {
        let root = root.raw
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let resolve = PODRUN_RESOLVE_IN_ROOT | PODRUN_RESOLVE_NO_MAGICLINKS | PODRUN_RESOLVE_NO_XDEV
        let name = path.count <= 1 ? [CChar(UInt8(ascii: ".")), 0] : path
        return try check(
            "open", EntryPath.text(path), unless: ENOENT,
            body: {
                podrun_openat2(root, name, flags, 0, UInt64(resolve))
            }
        ).map { DescriptorBox(Descriptor($0)) }
    }

    // MARK: Entries

    /// Makes the directory or keeps the one that is there, and gives it `metadata`.
    func makeDirectory(_ path: EntryPath, _ metadata: Metadata) throws {
        if path.isRoot {
            try adopt(metadata, for: root.raw, path: [0])
            return
        }
        let holder = try directory(at: path.parent)
        if try !make(directory: path.name, in: holder) {
            var status = stat()
            try check("stat", path.text) { fstatat(holder.raw, path.name, &status, AT_SYMLINK_NOFOLLOW) }
            if status.st_mode & S_IFMT != S_IFDIR {
                // What was here hid the layers below; so must the directory that takes its place.
                try remove(path, in: holder)
                guard try make(directory: path.name, in: holder) else {
                    throw ImageError(.host, "\"\(path.text)\" came back")
                }
                try noteOpaque(openDirectory(path.name, in: holder), path.full)
            }
        }
        let made = try openDirectory(path.name, in: holder)
        let full = path.full
        try adopt(metadata, for: made.raw, path: full)
        parent = (full, made)
    }

    /// Makes something that isn't a directory: `make` is tried, and once more after what is in the way was removed.
    func replace(_ path: EntryPath, _ call: String, make: (_ parent: Int32, _ name: [CChar]) -> Int32) throws -> Int32 {
        if path.isRoot { throw ImageError(.invalid, "invalid entry \"/\": only a directory can be the root") }
        let holder = try directory(at: path.parent)
        if let made = try check(call, path.text, unless: EEXIST, body: { make(holder.raw, path.name) }) { return made }
        try remove(path, in: holder)
        return try check(call, path.text) { make(holder.raw, path.name) }
    }

    /// Hides `path` of the layers below. Something this layer itself has there stays: it hides them already, or, being
    /// a directory, becomes opaque.
    func whiteOut(_ path: EntryPath) throws {
        let holder = try directory(at: path.parent)
        guard
            try check(
                "make whiteout", path.text, unless: EEXIST,
                body: {
                    mknodat(holder.raw, path.name, S_IFCHR, 0)
                }) == nil
        else { return }
        var status = stat()
        try check("stat", path.text) { fstatat(holder.raw, path.name, &status, AT_SYMLINK_NOFOLLOW) }
        if status.st_mode & S_IFMT == S_IFDIR { try noteOpaque(openDirectory(path.name, in: holder), path.full) }
    }

    /// Hides everything the layers below have in the directory at `path`.
    func makeOpaque(_ path: [CChar]) throws {
        try noteOpaque(directory(at: path), path)
    }

    /// Directory times are set last: making what is inside changes them.
    func finish() throws {
        parent = nil
        try journal.forEach { record in
            guard record.kind != .opaque, let directory = try Self.open(record, below: root.raw) else { return }
            let fd = directory.raw
            let times = [record.modified, record.modified]
            try check("set times", EntryPath.text(record.path)) { futimens(fd, times) }
        }
    }

    /// The directory a record is about; nil when a later entry replaced it.
    static func open(_ record: DirectoryJournal.Record, below root: Int32) throws -> Descriptor? {
        let resolve = PODRUN_RESOLVE_IN_ROOT | PODRUN_RESOLVE_NO_MAGICLINKS | PODRUN_RESOLVE_NO_XDEV
        let name = record.path.count <= 1 ? [CChar(UInt8(ascii: ".")), 0] : record.path
        guard
            let fd = try check(
                "open", EntryPath.text(record.path), unless: ENOENT, ENOTDIR, ELOOP,
                body: {
                    podrun_openat2(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, UInt64(resolve))
                })
        else { return nil }
        let directory = Descriptor(fd)
        guard try inode(of: fd) == record.inode else { return nil }
        return directory
    }

    private static func inode(of fd: Int32) throws -> UInt64 {
        var status = stat()
        try check("stat") { fstat(fd, &status) }
        return UInt64(status.st_ino)
    }

    /// Sets attributes through an open file or directory: owner first, because chown clears setuid bits and
    /// capabilities.
    private func adopt(_ metadata: Metadata, for fd: Int32, path: [CChar]) throws {
        try check("chown", EntryPath.text(path)) { fchown(fd, metadata.user, metadata.group) }
        try check("chmod", EntryPath.text(path)) { fchmod(fd, metadata.mode) }
        try setAttributes(metadata.attributes, on: fd, path: path)
        try journal.append(
            .init(kind: .explicit, inode: Self.inode(of: fd), modified: metadata.modified, path: path))
    }

    /// Until the layers below say otherwise it is root:root 0755, and as old as time.
    private func imply(_ fd: Int32, path: [CChar]) throws {
        implied += 1
        if implied > limits.impliedDirectories {
            throw ImageError(
                .invalid, "more than \(limits.impliedDirectories) directories without entries of their own")
        }
        try check("chown", EntryPath.text(path)) { fchown(fd, 0, 0) }
        try check("chmod", EntryPath.text(path)) { fchmod(fd, 0o755) }
        try journal.append(.init(kind: .implied, inode: Self.inode(of: fd), path: path))
    }

    func setAttributes(_ attributes: [(name: String, value: [UInt8])], on fd: Int32, path: [CChar]) throws {
        for (name, value) in attributes {
            // A file system without user attributes loses only decoration; a lost capability would break the program.
            let tolerated = name.hasPrefix("user.") ? ENOTSUP : 0
            try check("set \(name)", EntryPath.text(path), unless: tolerated) {
                fsetxattr(fd, name, value, value.count, 0)
            }
        }
    }

    // MARK: Pieces

    /// False when the name is taken.
    private func make(directory name: [CChar], in holder: DescriptorBox) throws -> Bool {
        try check("mkdir", EntryPath.text(name), unless: EEXIST, body: { mkdirat(holder.raw, name, 0o700) }) != nil
    }

    private func openDirectory(_ name: [CChar], in holder: DescriptorBox) throws -> DescriptorBox {
        DescriptorBox(
            Descriptor(
                try check("open", EntryPath.text(name)) {
                    openat(holder.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                }))
    }

    private func noteOpaque(_ directory: DescriptorBox, _ path: [CChar]) throws {
        try journal.append(.init(kind: .opaque, inode: Self.inode(of: directory.raw), path: path))
    }

    private func remove(_ path: EntryPath, in holder: DescriptorBox) throws {
        guard try check("remove", path.text, unless: EISDIR, body: { unlinkat(holder.raw, path.name, 0) }) == nil else {
            return
        }
        try check("remove", path.text) { podrun_remove_tree(holder.raw, path.name, 0) }
        parent = nil
    }
}
