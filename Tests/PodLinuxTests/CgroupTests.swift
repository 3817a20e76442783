import Glibc
import Testing

@testable import PodLinux
@testable import PodPlanning

@Suite(.enabled(if: getuid() == 0 && CgroupSupport.detect().root != nil, "needs root and a cgroup v2 hierarchy"))
struct CgroupTests {
    private static func path(_ name: String) -> String { "podrun-test-\(getpid())-\(name)" }
    private static var root: String { CgroupSupport.detect().parent ?? "" }

    /// Runs a shell command inside the cgroup; gives its exit code.
    private func run(_ command: String, in path: String) throws -> Int32 {
        let pid = try start("echo $$ > \(Self.root)/\(path)/cgroup.procs && \(command)")
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status >> 8 & 0xff
    }

    private func start(_ command: String) throws -> pid_t {
        var pid: pid_t = 0
        let words = (["sh", "-c", command] as [String]).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        let result = posix_spawn(&pid, "/bin/sh", nil, nil, words, [nil])
        if result != 0 { throw SyscallError(call: "spawn", subject: "sh", errno: result) }
        return pid
    }

    @Test func killedRemovedAndTold() throws {
        let tree = CgroupTree(support: .detect())
        let path = Self.path("kill")
        defer { try? tree.remove(path) }
        try tree.make(CgroupPlan(path: path + "/below/deeper"))
        // The shell forks, ignores SIGTERM and has a child elsewhere in the tree.
        let pid = try start(
            "trap '' TERM; echo $$ > \(Self.root)/\(path)/below/cgroup.procs; sleep 100 & echo x > /tmp/lx-\(getpid()); wait"
        )
        defer { unlink("/tmp/lx-\(getpid())") }
        while access("/tmp/lx-\(getpid())", F_OK) != 0 { sched_yield() }
        let loop = try EventLoop()
        #expect(throws: SyscallError.self) { try tree.remove(path) }
        var isEmpty = false
        tree.whenEmpty(path, loop: loop) { isEmpty = true }
        #expect(!isEmpty)
        #expect(tree.kill(path))
        let limit = Clock.monotonic().advanced(bySeconds: 5)
        while !isEmpty, Clock.monotonic() < limit { try loop.turn(waitingUntil: limit) }
        #expect(isEmpty && loop.watchCount == 0)
        try tree.remove(path)
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid && status & 0x7f == SIGKILL)
        #expect(access("\(Self.root)/\(path)", F_OK) == -1)
        #expect(!tree.kill(path))
        try tree.remove(path)
        tree.whenEmpty(path, loop: loop) { isEmpty = false }
        #expect(!isEmpty, "no cgroup is empty at once")
    }

    @Test func optionalFilesMayBeMissing() throws {
        let tree = CgroupTree(support: .detect())
        let path = Self.path("files")
        defer { try? tree.remove(path) }
        try tree.make(CgroupPlan(path: path, writes: [CgroupWrite("no.such", "1", isOptional: true)]))
        #expect(throws: SyscallError(call: "open", subject: "\(Self.root)/\(path)/no.such", errno: ENOENT)) {
            try tree.make(CgroupPlan(path: path, writes: [CgroupWrite("no.such", "1")]))
        }
    }

    @Test func devicesAreFiltered() throws {
        let tree = CgroupTree(support: .detect())
        let names = ["default", "none", "all"].map { Self.path("devices-" + $0) }
        defer { names.forEach { try? tree.remove($0) } }
        for (path, rules) in zip(names, [DeviceRule.containerDefault, [], DeviceRule.everything]) {
            try tree.make(CgroupPlan(path: path, devices: rules))
            // A start that is tried again makes its cgroup again.
            try tree.make(CgroupPlan(path: path, devices: rules))
        }
        let (usual, none, all) = (names[0], names[1], names[2])
        #expect(try run(": < /dev/null && : > /dev/null && head -c 1 /dev/urandom > /dev/null", in: usual) == 0)
        #expect(try run(": < /dev/kmsg", in: usual) != 0)
        #expect(try run(": < /dev/kmsg", in: all) == 0)
        #expect(try run(": < /dev/null", in: none) != 0)
        // Making a node is allowed, opening it is not.
        let node = "/tmp/podrun-test-node-\(getpid())"
        defer { unlink(node) }
        #expect(try run("mknod \(node) b 7 0", in: usual) == 0)
        #expect(try run("dd if=\(node) of=/dev/null count=0 2>/dev/null", in: usual) != 0)
        #expect(try run("mknod \(node)2 c 1 3", in: none) != 0)
    }

    @Test func filterProgramsJumpToTheNextRule() {
        let code = DeviceFilter.instructions(for: [
            DeviceRule(type: "c", major: 1, minor: 3, access: "rw"),
            DeviceRule(type: "a", major: nil, minor: nil, access: "rwm"),
        ])
        // Prologue 6; type, scratch, mask, scratch, major, minor, r0 = 1, exit; r0 = 1, exit; r0 = 0, exit.
        #expect(code.count == 6 + 8 + 2 + 2)
        #expect(code[6] == 0x0000_0002_0007_0255, "if type != char: 7 on")
        #expect(code[11] == 0x0000_0003_0002_0555, "if minor != 3: 2 on")
    }
}
