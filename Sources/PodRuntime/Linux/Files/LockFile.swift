import CShim
import Glibc

/// A lock that ends with its holder, kill -9 included: an open-file-description lock on an empty file that stays.
package struct LockFile: ~Copyable {
    private let file: Descriptor

    /// Takes the lock, waiting for its holder. Blocks the thread: for short critical sections and the CLI only.
    package static func acquire(_ path: String) throws(SyscallError) -> LockFile {
        let file = try open(path)
        let fd = file.raw
        try check("lock", path) { podrun_lock(fd, 1, 1) }
        return LockFile(file: file)
    }

    /// Takes the lock when it is free; `nil` when somebody holds it.
    package static func tryAcquire(_ path: String) throws(SyscallError) -> LockFile? {
        let file = try open(path)
        let fd = file.raw
        guard try check("lock", path, unless: EAGAIN, EACCES, body: { podrun_lock(fd, 1, 0) }) != nil else {
            return nil
        }
        return LockFile(file: file)
    }

    private init(file: consuming Descriptor) {
        self.file = file
    }

    /// Lets go before the value's end.
    package consuming func release() {}

    private static func open(_ path: String) throws(SyscallError) -> Descriptor {
        try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    }
}
