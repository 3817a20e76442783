import CShim
import Glibc
import PodPlanning

extension PodsUnit {
    /// Milliseconds that systemd gets to start it; usually it takes 50.
    private static let patience: Int32 = 10_000

    /// Has systemd start the unit where it does not run: for the first agent of a boot, and when somebody stopped it.
    ///
    /// - Throws: also while systemd stops it: what is started then would hold that up, and be killed.
    static func start(root: String) throws(SyscallError) {
        if isHeld(root: root) { return }
        if try run(command(root: root)) == 0, isHeld(root: root) { return }
        // Somebody ended the holder alone: the unit lives as long as a pod does.
        if try run(["systemctl", "is-active", "--quiet", name]) == 0 { return }
        throw SyscallError(call: "start unit", subject: name, errno: ECANCELED)
    }

    private static func isHeld(root: String) -> Bool {
        let events = (try? FileBytes.read("\(root)/\(holderPath)/cgroup.events")) ?? []
        return String(decoding: events, as: UTF8.self).contains("populated 1")
    }

    /// - Returns: the exit code, or what else ended it.
    private static func run(_ command: [String]) throws(SyscallError) -> Int32 {
        let executable = try Descriptor.open("/usr/bin/\(command[0])", O_RDONLY)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        var spawn = podrun_spawn()
        spawn.executable = executable.raw
        spawn.cgroup = -1
        spawn.fds = (null.raw, null.raw, 2, null.raw, null.raw)
        var raw: Int32 = -1
        try check("run", command[0]) {
            CStrings.with(command) { argv in CStrings.with([]) { podrun_spawn(&spawn, argv, $0, &raw) } }
        }
        let pidfd = Descriptor(raw)
        let fd = pidfd.raw
        var ended = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        if try check("wait for", command[0], { poll(&ended, 1, patience) }) == 0 {
            try PidDescriptor.signal(fd, SIGKILL)
            try check("wait for", command[0]) { poll(&ended, 1, -1) }
        }
        var code: Int32 = 0
        var status: Int32 = 0
        try check("wait for", command[0]) { podrun_pidfd_reap(fd, &code, &status) }
        return status
    }
}

extension CgroupSupport {
    /// Has systemd make the place of podrun's tree where it is to be the one. Where it never could, the tree goes to the
    /// root.
    package mutating func prepare() {
        guard driver == .systemd, let root else { return }
        do throws(SyscallError) {
            try PodsUnit.start(root: root)
        } catch {
            if access("\(root)/\(PodsUnit.path)", F_OK) != 0 { driver = .cgroupfs }
        }
    }
}
