import CShim
import Glibc
import PodLinux

/// Puts the stream of a container's files into a place on this host.
///
/// The container may be hostile. Only the user's own path is resolved as a path; everything below it is opened name by name
/// from the directory above (openat2 BENEATH, no symbolic links), so that neither the stream nor a link that lies there, from
/// an earlier copy perhaps, leads anywhere else (attack E4). No set-id bits, owners or devices come out of a container, and
/// links only if they stay in the tree.
package struct CopyReceiver {
    /// What is said of entries that did not come, in the order met.
    package enum Notice: Equatable {
        case skippedLink(path: String, target: String)
        case skippedSpecial(path: String)
        case failed(CopyError)
    }

    private let destination: String
    private let sourceName: CopyName?
    private let notice: (Notice) -> Void
    private var stream: CopyStream
    /// The directories that are being filled; the first is the tree's top.
    private var levels: [Level] = []

    private struct Level {
        let directory: DescriptorBox
        let path: String
        /// For the end, when it was made by this copy: a directory without write permission has to be filled first.
        let mode: mode_t?
    }

    /// - Parameters:
    ///   - destination: where a directory's entries go, made where missing; a file's new name, or a directory for it.
    ///   - sourceName: what a file is called when `destination` is a directory.
    package init(
        _ stream: CopyStream, to destination: String, sourceName: CopyName?, notice: @escaping (Notice) -> Void
    ) {
        self.stream = stream
        self.destination = destination
        self.sourceName = sourceName
        self.notice = notice
    }

    /// Takes the whole stream. What could not be read in the container is left out with a notice.
    package mutating func run() throws {
        while true {
            switch try stream.next(isTop: levels.isEmpty) {
            case .directory(let name, let attributes): try enter(name, attributes)
            case .leave: try leave()
            case .file(let name, let attributes): try receive(name, attributes)
            case .link(let name, _, let target): try link(name, target)
            case .skipped(let path): notice(.skippedSpecial(path: path))
            case .failed(let verb, let path, let errno): notice(.failed(Self.refusal(verb, path, errno)))
            case .data: throw CopyError.malformed("data of no file")
            case .end:
                guard levels.isEmpty else { throw CopyError.malformed("an end inside of a directory") }
                return
            }
        }
    }

    private static func refusal(_ verb: String, _ path: String, _ errno: Int32) -> CopyError {
        .refused(verb: verb, path: path, cause: SyscallError.text(of: errno))
    }

    // MARK: - Directories

    private mutating func enter(_ name: CopyName?, _ attributes: CopyRecord.Attributes) throws {
        guard let level = levels.last, let name else {
            guard levels.isEmpty else { throw CopyError.malformed("a directory without a name") }
            try Directory.make(destination)
            let top = try Descriptor.open(destination, O_RDONLY | O_DIRECTORY)
            levels.append(Level(directory: DescriptorBox(top), path: destination, mode: nil))
            return
        }
        guard levels.count <= PODRUN_COPY_DEPTH_MAX else { throw CopyError.malformed("directories without end") }
        let path = "\(level.path)/\(name.text)"
        let made = try check("mkdir", path, unless: EEXIST) {
            name.withCString { mkdirat(level.directory.raw, $0, 0o700) }
        }
        let directory = try Self.open(name, in: level, O_RDONLY | O_DIRECTORY)
        levels.append(
            Level(
                directory: DescriptorBox(directory), path: path,
                mode: made == nil ? nil : Self.allowed(attributes.mode)))
    }

    private mutating func leave() throws {
        guard let level = levels.popLast() else { throw CopyError.malformed("the end of no directory") }
        if let mode = level.mode { try check("chmod", level.path) { fchmod(level.directory.raw, mode) } }
    }

    // MARK: - Files and links

    private mutating func receive(_ name: CopyName?, _ attributes: CopyRecord.Attributes) throws {
        let path: String
        let file: Descriptor
        if let level = levels.last, let name {
            path = "\(level.path)/\(name.text)"
            file = try Self.make(name, in: level, mode: attributes.mode)
        } else if let directory = try? Descriptor.open(destination, O_RDONLY | O_DIRECTORY) {
            guard let name = name ?? sourceName else {
                throw SyscallError(call: "open", subject: destination, errno: EISDIR)
            }
            path = "\(destination)/\(name.text)"
            let level = Level(directory: DescriptorBox(directory), path: destination, mode: nil)
            file = try Self.make(name, in: level, mode: attributes.mode)
        } else {
            path = destination
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try Directory.make(String(path[..<slash]))
            }
            file = try Descriptor.open(
                path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, mode: Self.allowed(attributes.mode))
        }
        while true {
            switch try stream.next() {
            case .data(let bytes):
                if bytes.isEmpty { return }
                try Self.write(bytes, to: file, path: path)
            case .failed(let verb, let path, let errno):
                return notice(.failed(Self.refusal(verb, path, errno)))
            default: throw CopyError.malformed("a file without an end")
            }
        }
    }

    private mutating func link(_ name: CopyName?, _ target: [UInt8]) throws {
        guard let level = levels.last, let name else { throw CopyError.malformed("a link of no directory") }
        let path = "\(level.path)/\(name.text)"
        guard CopyLink.staysInside(target, depth: levels.count - 1) else {
            return notice(.skippedLink(path: path, target: String(decoding: target, as: UTF8.self)))
        }
        let text = target.map(CChar.init(bitPattern:)) + [0]
        let make = { name.withCString { symlinkat(text, level.directory.raw, $0) } }
        if try check("symlink", path, unless: EEXIST, body: make) != nil { return }
        // Of an earlier copy. Only a link makes room for a link.
        try Self.removeLink(name, in: level, path: path, orThrow: EEXIST)
        try check("symlink", path, make)
    }

    // MARK: - System calls

    /// Modes as everybody's umask has them, and never the bits that make a program run as somebody else.
    private static func allowed(_ mode: UInt32) -> mode_t {
        let mask = umask(0)
        umask(mask)
        return mode_t(mode) & 0o777 & ~mask
    }

    private static func open(_ name: CopyName, in level: Level, _ flags: Int32, mode: mode_t = 0) throws(SyscallError)
        -> Descriptor
    {
        let resolve = UInt64(PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_SYMLINKS | PODRUN_RESOLVE_NO_MAGICLINKS)
        return Descriptor(
            try check("open", "\(level.path)/\(name.text)") {
                name.withCString { podrun_openat2(level.directory.raw, $0, flags | O_CLOEXEC, mode, resolve) }
            })
    }

    /// An empty file: one that is there is emptied, a link in its place is replaced.
    private static func make(_ name: CopyName, in level: Level, mode: UInt32) throws(SyscallError) -> Descriptor {
        // Neither a FIFO nor a terminal that lies there holds the copy up.
        let flags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY
        let path = "\(level.path)/\(name.text)"
        let file: Descriptor
        do throws(SyscallError) {
            file = try open(name, in: level, flags, mode: allowed(mode))
        } catch  where error.errno == ELOOP {
            try removeLink(name, in: level, path: path, orThrow: ELOOP)
            file = try open(name, in: level, flags | O_EXCL, mode: allowed(mode))
        }
        let fd = file.raw
        var status = stat()
        try check("stat", path) { fstat(fd, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SyscallError(call: "open", subject: path, errno: EINVAL)
        }
        try check("truncate", path) { ftruncate(fd, 0) }
        return file
    }

    private static func removeLink(_ name: CopyName, in level: Level, path: String, orThrow errno: Int32)
        throws(SyscallError)
    {
        var status = stat()
        try check("stat", path) {
            name.withCString { fstatat(level.directory.raw, $0, &status, AT_SYMLINK_NOFOLLOW) }
        }
        guard status.st_mode & S_IFMT == S_IFLNK else {
            throw SyscallError(call: "open", subject: path, errno: errno)
        }
        try check("unlink", path) { name.withCString { unlinkat(level.directory.raw, $0, 0) } }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to file: borrowing Descriptor, path: String)
        throws(SyscallError)
    {
        let fd = file.raw
        var done = 0
        while done < bytes.count {
            done += try check("write", path) {
                bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            }
        }
    }
}
