import CShim
import Glibc

/// Replaces a file whole without blocking the loop: readers see the old bytes or the new ones, after a power cut too.
package enum DurableFile {
    /// Writes a temporary file beside `path`, has the disk keep it, and renames it over. The handler is called from the
    /// loop when the disk has the new name too, or with what went wrong; until the rename the old file stays. Two
    /// replacements of one file must not overlap.
    package static func replace(
        _ path: String, in parent: String, _ bytes: [UInt8], mode: mode_t = 0o600, loop: EventLoop,
        _ handler: @escaping (SyscallError?) -> Void
    ) throws(SyscallError) {
        let temporary = path + ".tmp"
        func failed(_ error: SyscallError) {
            unlink(temporary)
            handler(error)
        }
        do throws(SyscallError) {
            try write(temporary, bytes, mode: mode)
            try Flush.begin(temporary, in: parent, loop: loop) { error in
                if let error { return failed(error) }
                do throws(SyscallError) {
                    try check("rename onto", path) { rename(temporary, path) }
                    try Flush.begin(path, in: parent, loop: loop, handler)
                } catch {
                    failed(error)
                }
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func write(_ path: String, _ bytes: [UInt8], mode: mode_t) throws(SyscallError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
        let raw = file.raw
        try check("chmod", path) { fchmod(raw, mode) }
        try FileBytes.write(bytes, to: file, path: path)
    }
}
