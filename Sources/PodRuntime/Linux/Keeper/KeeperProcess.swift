import CShim
import Glibc

/// A keeper that this process started: its pid and the pidfd that tells of its end.
package struct KeeperProcess {
    package let processID: Int32
    /// Readable when the keeper has exited; reaped by ``reap()``.
    package let pidfd: DescriptorBox

    /// Starts a keeper, which listens on `keeper.sock` (mode 0600) in `directory` from then on, keeps its records there
    /// and writes its own messages to `keeper.log`. The directory may be renamed later.
    ///
    /// - Parameter cgroupDirectory: the cgroup it is born in: `podrun/system`, not one of the pod's (a pod's limits and
    ///   its `cgroup.kill` must not reach it). `nil` stays where the agent is.
    package static func spawn(
        programs: EmbeddedPrograms, directory path: String, cgroupDirectory: borrowing Descriptor? = nil
    ) throws(SyscallError) -> KeeperProcess {
        let cgroup: Int32 =
            switch cgroupDirectory {
            case .some(let directory): directory.raw
            case .none: -1
            }
        let directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let log = try Descriptor.open(
            "keeper.log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600, at: directory.raw)
        let listener = try UnixListener(path: socket(in: path), kind: .seqpacket, backlog: 8)
        var pidfd: Int32 = -1
        var spawn = podrun_spawn()
        spawn.executable = programs.keeper.raw
        spawn.cgroup = cgroup
        spawn.fds = (null.raw, null.raw, log.raw, listener.raw, directory.raw)
        let pid = try check("start keeper in", path) {
            CStrings.with(["podrun-keeper"]) { argv in CStrings.with([]) { podrun_spawn(&spawn, argv, $0, &pidfd) } }
        }
        return KeeperProcess(processID: pid, pidfd: DescriptorBox(Descriptor(pidfd)))
    }

    /// Where the keeper of a directory listens.
    package static func socket(in directory: String) -> String { directory + "/keeper.sock" }

    /// Reaps the keeper when it has exited: its si_code (CLD_EXITED, CLD_KILLED, CLD_DUMPED) and status. `nil`: alive.
    package func reap() throws(SyscallError) -> (code: Int32, status: Int32)? {
        var code: Int32 = 0
        var status: Int32 = 0
        let reaped = try check("wait for keeper", String(processID)) { podrun_pidfd_reap(pidfd.raw, &code, &status) }
        return reaped == 0 ? nil : (code, status)
    }
}
