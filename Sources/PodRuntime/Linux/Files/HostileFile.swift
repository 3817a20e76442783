import CShim
import Glibc

/// Files in a directory that containers fill.
package enum HostileFile {
    /// The bytes of the regular file at `path`, of which links start at `directory` and lead nowhere else. Devices, FIFOs and
    /// whatever is mounted there are not even opened (ENXIO, EXDEV); more than `limit` bytes are EFBIG.
    package static func read(_ path: String, in directory: String, limit: Int) throws(SyscallError) -> [UInt8] {
        let root = try Descriptor.open(directory, PODRUN_O_PATH | O_DIRECTORY)
        let fd = root.raw
        let resolve = UInt64(PODRUN_RESOLVE_IN_ROOT | PODRUN_RESOLVE_NO_MAGICLINKS | PODRUN_RESOLVE_NO_XDEV)
        let handle = Descriptor(
            try check("open", path) { podrun_openat2(fd, path, PODRUN_O_PATH | O_CLOEXEC, 0, resolve) })
        _ = consume root
        var status = stat()
        let found = handle.raw
        try check("look at", path) { fstat(found, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SyscallError(call: "read", subject: path, errno: ENXIO)
        }
        let file = try Descriptor.open("/proc/self/fd/\(found)", O_RDONLY | O_NONBLOCK)
        _ = consume handle
        return try FileBytes.read(file, path: path, limit: limit)
    }
}
