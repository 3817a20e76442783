import CShim
import Glibc

/// A listening Unix socket with a name in the file system. Non-blocking; closing leaves the name.
package final class UnixListener {
    package let path: String
    package let box: DescriptorBox

    /// Binds `path` with mode 0600 (from its first moment) and listens. A name left by a dead listener is replaced:
    /// the caller holds the lock that says nobody else listens there.
    package init(path: String, kind: UnixSocketKind, backlog: Int32 = 128) throws(SyscallError) {
        self.path = path
        try check("remove stale socket", path, unless: ENOENT) { unlink(path) }
        let address = try UnixAddress(path)
        box = DescriptorBox(
            Descriptor(
                try check("listen on", path) { podrun_unix_listen(kind.number, address.path, 0o600, backlog) }))
    }

    package var raw: Int32 { box.raw }

    /// The next connection, non-blocking; `nil` when there is none (or it went away before).
    package func accept() throws(SyscallError) -> UnixConnection? {
        let fd = try check("accept on", path, unless: EAGAIN, ECONNABORTED) { podrun_accept(box.raw) }
        return fd.map { UnixConnection(Descriptor($0)) }
    }

    /// Takes the name away and closes.
    package func remove() {
        unlink(path)
        box.close()
    }
}
