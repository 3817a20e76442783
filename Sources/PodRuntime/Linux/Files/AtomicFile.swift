import CShim
import Glibc

/// Replaces a file whole: readers see the old bytes or the new ones, after a power cut too when durable.
package enum AtomicFile {
    /// Writes a temporary file beside `path` and renames it over.
    /// - Parameter durable: fsync the file before and the directory after. Pointless below /run, which is a tmpfs.
    package static func write(
        _ path: String, _ bytes: [UInt8], durable: Bool, mode: mode_t = 0o600
    ) throws(SyscallError) {
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let directory = try Descriptor.open(parent, O_RDONLY | O_DIRECTORY)
        try write(name, in: directory, bytes, durable: durable, mode: mode)
    }

    /// As ``write(_:_:durable:mode:)`` for `name` directly below an open directory.
    package static func write(
        _ name: String, in directory: borrowing Descriptor, _ bytes: [UInt8], durable: Bool, mode: mode_t = 0o600
    ) throws(SyscallError) {
        let fd = directory.raw
        // One writer per file (the caller's lock): a left-over of a crash is simply overwritten.
        let temporary = ".\(name).tmp"
        do throws(SyscallError) {
            let file = try Descriptor.open(
                temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode, at: fd)
            let raw = file.raw
            // The caller's umask must not narrow what was asked for.
            try check("chmod", temporary) { fchmod(raw, mode) }
            try FileBytes.write(bytes, to: file, path: name)
            if durable { try check("fsync", name) { fsync(raw) } }
            try check("rename onto", name) { renameat(fd, temporary, fd, name) }
        } catch {
            unlinkat(fd, temporary, 0)
            throw error
        }
        if durable { try check("fsync directory of", name) { fsync(fd) } }
    }
}
