import CShim
import Glibc

/// What the agent sets for itself, whoever started it.
package enum ProcessLimits {
    /// Raises the soft limit of open files to the hard one: each pod needs a few descriptors.
    package static func raiseOpenFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// No core files, no ptrace by equals: the agent's memory may hold what pods keep secret.
    package static func protectFromInspection() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        podrun_not_dumpable()
    }
}
