import CShim
import Glibc
import PodLinux

/// Sends a file or directory of this host as the stream that the copier in a container writes.
///
/// The user's own path is followed where it leads; below it links are sent as links, and a directory that somebody swaps
/// for one meanwhile is not entered.
package struct CopySender {
    private let output: DescriptorBox
    private var buffer: [UInt8] = []
    private static let bufferSize = 256 << 10

    package init(_ output: DescriptorBox) {
        self.output = output
    }

    /// - Parameter skipped: gets the path of what is neither file, directory nor link.
    /// - Throws: `SyscallError`: EPIPE on a write when the copier gave up, whose own words say why.
    package mutating func send(_ path: String, skipped: (String) -> Void) throws {
        let top = try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        try send(top, CopyName(lastOf: path), path, depth: 0, skipped: skipped)
        try put(.end)
        try flush()
    }

    private mutating func send(
        _ node: consuming Descriptor, _ name: CopyName?, _ path: String, depth: Int, skipped: (String) -> Void
    ) throws {
        let fd = node.raw
        var status = stat()
        try check("stat", path) { fstat(fd, &status) }
        let attributes = CopyRecord.Attributes(
            mode: status.st_mode & 0o7777, user: status.st_uid, group: status.st_gid)
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            try put(.file(name, attributes))
            try sendBytes(of: node, path)
        case S_IFDIR:
            guard depth < PODRUN_COPY_DEPTH_MAX else {
                throw SyscallError(call: "copy directory", subject: path, errno: ELOOP)
            }
            try put(.directory(name, attributes))
            let directory = Directory(node, path: path)
            for entry in try Self.entries(of: directory) {
                try sendEntry(entry, of: directory, depth: depth + 1, skipped: skipped)
            }
            try put(.leave)
        default:
            guard depth > 0 else { throw SyscallError(call: "copy", subject: path, errno: EINVAL) }
            skipped(path)
        }
    }

    private mutating func sendEntry(
        _ name: CopyName, of directory: borrowing Directory, depth: Int, skipped: (String) -> Void
    ) throws {
        let fd = directory.descriptor.raw
        let path = "\(directory.path)/\(name.text)"
        var status = stat()
        try check("stat", path) { name.withCString { fstatat(fd, $0, &status, AT_SYMLINK_NOFOLLOW) } }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: 4096)
            let size = try check("readlink", path) {
                name.withCString { readlinkat(fd, $0, &target, target.count) }
            }
            guard size < target.count else { throw SyscallError(call: "readlink", subject: path, errno: ENAMETOOLONG) }
            let attributes = CopyRecord.Attributes(mode: 0o777, user: status.st_uid, group: status.st_gid)
            try put(.link(name, attributes, target: target[..<size].map(UInt8.init(bitPattern:))))
        case S_IFREG, S_IFDIR:
            let node = Descriptor(
                try check("open", path) {
                    name.withCString {
                        openat(fd, $0, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)
                    }
                })
            try send(node, name, path, depth: depth, skipped: skipped)
        default: skipped(path)
        }
    }

    private static func entries(of directory: borrowing Directory) throws -> [CopyName] {
        let fd = directory.descriptor.raw
        let copy = try check("open", directory.path) { fcntl(fd, F_DUPFD_CLOEXEC, 3) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw SyscallError(call: "open directory", subject: directory.path, errno: ENOMEM)
        }
        defer { closedir(stream) }
        var names: [CopyName] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { CopyName($0.prefix { $0 != 0 }) }
            if let name { names.append(name) }
        }
        return names
    }

    // MARK: - Bytes

    private mutating func sendBytes(of file: borrowing Descriptor, _ path: String) throws {
        let fd = file.raw
        var block = [UInt8](repeating: 0, count: Int(PODRUN_COPY_BLOCK))
        while true {
            let count = try check("read", path) { read(fd, &block, block.count) }
            try put(.data(block[..<count]))
            if count == 0 { return }
        }
    }

    private mutating func put(_ record: CopyRecord) throws(SyscallError) {
        buffer += record.bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private mutating func flush() throws(SyscallError) {
        var done = 0
        while done < buffer.count {
            done += try check("write to the container") {
                buffer.withUnsafeBytes { write(output.raw, $0.baseAddress.map { $0 + done }, buffer.count - done) }
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
