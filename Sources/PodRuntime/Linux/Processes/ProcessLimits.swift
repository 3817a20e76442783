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

    /// Whoever started the agent may have been nice; pods are not.
    package static func resetPriority() {
        // EACCES without CAP_SYS_NICE: pods keep the caller's then.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 0)
    }

    /// No core files, no ptrace by equals: the agent's memory may hold what pods keep secret.
    package static func protectFromInspection() {
        // Only the soft limit: without CAP_SYS_RESOURCE containers could not have their hard one back.
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = 0
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        podrun_not_dumpable()
    }
}
