import Glibc
import PodLinux

/// A program of the user's choice (an editor, diff) on the command's own stdin, stdout and stderr.
enum ChildCommand {
    /// Runs it to its end.
    ///
    /// - Parameter arguments: the program, searched for in PATH, first.
    /// - Returns: its exit code, 128 + the signal that ended it.
    static func run(_ arguments: [String]) throws(SyscallError) -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // podrun ignores it; a program that writes into a pager that was left should end.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        let program = arguments.first ?? ""
        var pid: pid_t = 0
        let error = CStrings.with(arguments) { posix_spawnp(&pid, program, nil, &attributes, $0, environ) }
        guard error == 0 else { throw SyscallError(call: "run", subject: program, errno: error) }
        // Ctrl-C is for what is in the foreground: the program decides what it means.
        let before = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, before) }
        var status: Int32 = 0
        try check("wait for", program) { waitpid(pid, &status, 0) }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }
}
