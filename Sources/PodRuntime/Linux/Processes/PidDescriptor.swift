import CShim
import Glibc

/// Signals by pidfd: a pid that was used again is never hit.
package enum PidDescriptor {
    /// A process that has ended is no error.
    package static func signal(_ pidfd: Int32, _ number: Int32) throws(SyscallError) {
        try check("signal process", "", unless: ESRCH) { podrun_pidfd_signal(pidfd, number) }
    }
}
