import CShim
import Glibc

/// An open file descriptor with exactly one owner: closed once, at the end of its life.
///
/// Every descriptor is opened close-on-exec. Arrays and dictionaries hold a ``DescriptorBox``.
package struct Descriptor: ~Copyable {
    package let raw: Int32

    /// Takes over an open descriptor.
    package init(_ raw: Int32) {
        self.raw = raw
    }

    deinit {
        close(raw)
    }

    /// Gives the number up to a new owner, who closes it.
    package consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// Opens `path` (relative to `directory` when given) with close-on-exec added to `flags`.
    package static func open(
        _ path: String, _ flags: Int32, mode: mode_t = 0, at directory: Int32 = AT_FDCWD
    ) throws(SyscallError) -> Descriptor {
        Descriptor(try check("open", path) { openat(directory, path, flags | O_CLOEXEC, mode) })
    }

    /// Another descriptor of the same open file.
    package borrowing func duplicate() throws(SyscallError) -> Descriptor {
        let raw = raw
        return Descriptor(try check("duplicate descriptor") { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }

    package borrowing func setNonblocking(_ enabled: Bool = true) throws(SyscallError) {
        let raw = raw
        try check("fcntl") { podrun_set_nonblocking(raw, enabled ? 1 : 0) }
    }

    /// A close-on-exec pipe.
    package static func pipe() throws(SyscallError) -> (read: DescriptorBox, write: DescriptorBox) {
        var fds: [Int32] = [-1, -1]
        try check("pipe") { podrun_pipe(&fds) }
        return (DescriptorBox(Descriptor(fds[0])), DescriptorBox(Descriptor(fds[1])))
    }
}

/// A shared owner of a ``Descriptor`` for tables and closures; closed by ``close()`` or with the last reference.
package final class DescriptorBox {
    private var descriptor: Descriptor?
    private let number: Int32

    package init(_ descriptor: consuming Descriptor) {
        number = descriptor.raw
        self.descriptor = consume descriptor
    }

    /// The number, or -1 after ``close()``.
    package var raw: Int32 { descriptor == nil ? -1 : number }

    package var isOpen: Bool { descriptor != nil }

    /// Closes now; the second call does nothing. Unwatch it in the ``EventLoop`` first.
    package func close() {
        descriptor = nil
    }

    /// Takes the descriptor out; the box is closed then.
    package func take() -> Descriptor? {
        var taken: Descriptor?
        swap(&taken, &descriptor)
        return taken
    }
}
