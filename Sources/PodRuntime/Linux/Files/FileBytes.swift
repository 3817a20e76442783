import CShim
import Glibc

/// Whole small files.
package enum FileBytes {
    /// The bytes of a regular file (also of procfs and cgroupfs). More than `limit` bytes: EFBIG. Never blocks on a FIFO.
    package static func read(
        _ path: String, at directory: Int32 = AT_FDCWD, limit: Int = 1 << 20
    ) throws(SyscallError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, at: directory)
        return try read(file, path: path, limit: limit)
    }

    /// As ``read(_:at:limit:)``, but `nil` when there is no such file.
    package static func readIfPresent(
        _ path: String, at directory: Int32 = AT_FDCWD, limit: Int = 1 << 20
    ) throws(SyscallError) -> [UInt8]? {
        do throws(SyscallError) {
            return try read(path, at: directory, limit: limit)
        } catch  where error.errno == ENOENT {
            return nil
        }
    }

    /// The file's text without the newline at its end.
    package static func line(_ path: String, at directory: Int32 = AT_FDCWD) throws(SyscallError) -> String {
        var bytes = try read(path, at: directory)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func read(
        _ file: borrowing Descriptor, path: String, limit: Int
    ) throws(SyscallError) -> [UInt8] {
        let fd = file.raw
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = try check("read", path) { Glibc.read(fd, &chunk, chunk.count) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
            if bytes.count > limit { throw SyscallError(call: "read", subject: path, errno: EFBIG) }
        }
    }

    /// Writes all of `bytes`, however many calls it takes.
    package static func write(
        _ bytes: [UInt8], to file: borrowing Descriptor, path: String
    ) throws(SyscallError) {
        let fd = file.raw
        var done = 0
        while done < bytes.count {
            done += try check("write", path) {
                bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            }
        }
    }
}
