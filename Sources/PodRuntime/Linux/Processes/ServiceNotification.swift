import CShim
import Glibc

/// Tells systemd, when it started this process as a service of `Type=notify`, that requests are answered (sd_notify(3)).
package enum ServiceNotification {
    /// Does nothing without `NOTIFY_SOCKET`, which is taken out of the environment: it is for this process only.
    package static func ready() throws(SyscallError) {
        guard let variable = getenv("NOTIFY_SOCKET") else { return }
        let path = String(cString: variable)
        unsetenv("NOTIFY_SOCKET")
        let socket = Descriptor(try check("connect to", path) { podrun_unix_connect(PODRUN_DATAGRAM, path) })
        try FileBytes.write(Array("READY=1".utf8), to: socket, path: path)
    }
}
