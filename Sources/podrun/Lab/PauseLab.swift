import Glibc
import PodLinux
import PodModel
import PodPlanning

/// `podrun lab pause`: a pod from its first process to its last.
@MainActor
struct PauseLab {
    static let stepCount = 10
    private static let port: UInt16 = 8080
    private static let greeting = "hello from one"
    private static let segmentKey = "4711"

    let session: LabSession
    private let name = LabSession.podName("pause")
    private var pod = Pod()
    private var uid = ""

    init(session: LabSession) { self.session = session }

    mutating func run() throws {
        try session.loadImage()
        try makePause()
        var pause = try session.process(of: CgroupPlan.pauseLeaf, in: uid)
        try showNamespaces(pause)
        let one = try startFirst(pause)
        let two = try startSecond(pause, one)
        try talk(pause, one, two)
        try shareMemory(one, two)
        let newOne = try killContainer(pause, one, two)
        pause = try killPause(pause, newOne, two)
        try showVariations()
        try end(pause)
    }

    private static func manifest(_ name: String, _ fields: String, _ containers: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(LabSession.namespace)}
        spec:
          terminationGracePeriodSeconds: 0
        \(fields)  containers:
        \(containers)
        """
    }

    // MARK: - Steps

    private mutating func makePause() throws {
        try session.begin("A pod is a process that does nothing: pause")
        let manifest = Self.manifest(
            name, "",
            """
              - name: one
                image: not-there-yet
                imagePullPolicy: Never
                command: [\(LabSession.program), serve, "\(Self.port)", \(Self.greeting)]
              - name: two
                image: not-there-yet
                imagePullPolicy: Never
                command: [\(LabSession.program), wait]
            """)
        pod = try session.pod(manifest)
        try session.say(
            """
            The pod of this lab. Its image is not there yet, so no container can start: like a kubelet, podrun makes the \
            pod first and looks for images then. What there is now is the pod itself.
            """)
        try session.say("")
        try session.shows(manifest: manifest)
        uid = try session.apply(pod)
        let pause = try session.process(of: CgroupPlan.pauseLeaf, in: uid)
        try session.does("The pod's keeper has made one process, with new namespaces. Containers will join them.")
        try session.calls([
            "clone3(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |",
            "       CLONE_NEWPID | CLONE_NEWNS)",
            "execveat(pause): \(size(of: pause.id)) that hold the namespaces, and sleep",
        ])
        let keeper = KernelProcess(pause.parent)
        try session.proves(
            LabTable([
                ["/proc/\(pause.parent)/comm", .init(keeper?.name ?? "?"), "the keeper: parent of all in the pod"],
                ["└─ /proc/\(pause.id)/comm", .init(pause.name, .green), .init(sleeping(pause))],
                ["/proc/\(pause.id)/status", .init("VmRSS"), .init(KernelProcess.status(pause.id, "VmRSS") ?? "?")],
            ]).lines(session.ink))
    }

    private func size(of id: Int32) -> String {
        var status = stat()
        return stat("/proc/\(id)/exe", &status) == 0 ? "\(status.st_size) bytes" : "bytes"
    }

    private func sleeping(_ process: KernelProcess) -> String {
        let state = KernelProcess.status(process.id, "State") ?? "?"
        return state + (process.systemCall.map { ", in system call \($0)" } ?? "")
    }

    private func showNamespaces(_ pause: KernelProcess) throws {
        try session.begin("Its namespaces")
        try session.does(
            """
            Each namespace has an inode. pause has its own network, IPC and host name: these are what a pod is. It has \
            also a pid and a mount namespace, for itself.
            """)
        try session.calls(["readlink(/proc/\(pause.id)/ns/net) and the others; /proc/self/ns is the host's"])
        try session.proves(table([pause]))
    }

    private mutating func startFirst(_ pause: KernelProcess) throws -> KernelProcess {
        try session.begin("A first container joins")
        pod.spec.containers[0].image = LabSession.image
        try session.apply(pod)
        let one = try session.process(of: "one", in: uid)
        try session.does(
            """
            Container one gets an image. The keeper makes a process with a pid and a mount namespace of its own, which \
            joins three of pause's before it becomes the container's command.
            """)
        try session.calls([
            "clone3(CLONE_NEWPID | CLONE_NEWNS), in the container's cgroup",
            "setns(pidfd of pause, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)",
            "unshare(CLONE_NEWCGROUP), mount, pivot_root, seccomp, execve(\(LabSession.program))",
        ])
        try session.proves(table([pause, one]))
        return one
    }

    private mutating func startSecond(_ pause: KernelProcess, _ one: KernelProcess) throws -> KernelProcess {
        try session.begin("A second container joins")
        pod.spec.containers[1].image = LabSession.image
        try session.apply(pod)
        let two = try session.process(of: "two", in: uid)
        try session.does("The same for two. It does not join one: both join pause, so each can end alone.")
        try session.calls(["setns(pidfd of pause, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)"])
        try session.proves(table([pause, one, two]))
        return two
    }

    private func talk(_ pause: KernelProcess, _ one: KernelProcess, _ two: KernelProcess) throws {
        try session.begin("They talk over localhost")
        let answer = try session.wait(for: "an answer of one") {
            let asked = try session.exec(name, "two", ["ask", "\(Self.port)"])
            return asked.code == 0 ? asked.output : nil
        }
        try session.does(
            "one listens on 127.0.0.1:\(Self.port). two asks there: it is the same loopback, not the host's.")
        try session.calls(["two: connect(127.0.0.1:\(Self.port)), read() -> \"\(answer)\""])
        let sockets = two.listeners(port: Self.port)
        let here = KernelProcess(getpid())?.listeners(port: Self.port) ?? []
        var rows: [[LabTable.Cell]] = sockets.map { inode in
            ["/proc/\(two.id)/net/tcp", .init("listens: socket \(inode)", .green), "what two sees"]
        }
        for inode in sockets {
            let place = one.descriptor(ofSocket: inode).map { "/proc/\(one.id)/fd/\($0)" } ?? "?"
            rows.append([.init(place), .init("-> socket:[\(inode)]", .green), "descriptor of one"])
        }
        rows.append(["/proc/self/net/tcp", .init("\(here.filter(sockets.contains).count) of these", .dim), "the host"])
        try session.proves(LabTable(rows).lines(session.ink))
    }

    private func shareMemory(_ one: KernelProcess, _ two: KernelProcess) throws {
        try session.begin("They share memory")
        _ = try session.exec(name, "one", ["put", "board", "written by one"])
        let read = try session.exec(name, "two", ["get", "board"]).output
        _ = try session.exec(name, "one", ["keep", Self.segmentKey, "kept by one"])
        let taken = try session.exec(name, "two", ["take", Self.segmentKey]).output
        try session.does(
            """
            Two ways. /dev/shm is one tmpfs of the pod's, mounted in each container. System V segments need no file: \
            whoever is in the IPC namespace finds them by their key.
            """)
        try session.calls([
            "one: mmap(/dev/shm/board, MAP_SHARED)    two reads \"\(read)\"",
            "one: shmget(\(Self.segmentKey), IPC_CREAT)              two reads \"\(taken)\"",
        ])
        let host = KernelProcess.keyCount(Self.segmentKey)
        try session.proves(
            LabTable([
                ["/proc/\(one.id)/root/dev/shm/board", .init(one.identity(ofFile: "/dev/shm/board") ?? "?", .green)],
                ["/proc/\(two.id)/root/dev/shm/board", .init(two.identity(ofFile: "/dev/shm/board") ?? "?", .green)],
                ["host's /proc/sysvipc/shm", .init("\(host) segments with key \(Self.segmentKey)", .dim)],
            ]).lines(session.ink))
    }

    private func killContainer(
        _ pause: KernelProcess, _ one: KernelProcess, _ two: KernelProcess
    ) throws -> KernelProcess {
        try session.begin("A container dies: the pod stays")
        let address = pause.addresses
        let inode = pause.namespaces["net"]
        let began = Clock.monotonic()
        guard kill(one.id, SIGKILL) == 0 else { throw SyscallError(call: "kill", subject: "\(one.id)", errno: errno) }
        let newOne = try session.process(of: "one", in: uid, otherThan: one.id)
        let milliseconds = Clock.monotonic().nanoseconds(since: began) / 1_000_000
        try session.does(
            """
            one was killed, and restarted after \(milliseconds) ms. It joined the same pause, so the pod has the IP \
            address that it had, and two noticed nothing.
            """)
        try session.calls(["kill(\(one.id), SIGKILL)"])
        try session.proves(
            comparison([
                ("pid of one", "\(one.id)", "\(newOne.id)"),
                ("pid of two", "\(two.id)", KernelProcess(two.id) == nil ? "gone" : "\(two.id)"),
                ("pid of pause", "\(pause.id)", KernelProcess(pause.id) == nil ? "gone" : "\(pause.id)"),
                ("net namespace", text(inode), text(newOne.namespaces["net"])),
                ("IP (fib_trie)", address.joined(), newOne.addresses.joined()),
            ]))
        return newOne
    }

    private func killPause(_ pause: KernelProcess, _ one: KernelProcess, _ two: KernelProcess) throws -> KernelProcess {
        try session.begin("pause dies: the pod is made anew")
        let address = pause.addresses
        let before = pause.namespaces
        // Held open, or the kernel might give their numbers to the new ones. Not net: its end takes the pod's link away.
        let held = try ["ipc", "uts"].map { kind in
            DescriptorBox(try Descriptor.open("/proc/\(pause.id)/ns/\(kind)", O_RDONLY))
        }
        defer { for namespace in held { namespace.close() } }
        let began = Clock.monotonic()
        guard kill(pause.id, SIGKILL) == 0 else {
            throw SyscallError(call: "kill", subject: "\(pause.id)", errno: errno)
        }
        let newPause = try session.process(of: CgroupPlan.pauseLeaf, in: uid, otherThan: pause.id)
        let newTwo = try session.process(of: "two", in: uid, otherThan: two.id)
        let milliseconds = Clock.monotonic().nanoseconds(since: began) / 1_000_000
        let after = newPause.namespaces
        try session.does(
            """
            Without pause nobody new could join. So the containers are killed too, and there are a new pause, new \
            namespaces and a new two in them after \(milliseconds) ms. one will follow: it was restarted before, and a \
            kubelet waits 10 s then (CrashLoopBackOff).
            """)
        try session.calls(["kill(\(pause.id), SIGKILL)"])
        try session.proves(
            comparison(
                [
                    ("pid of pause", "\(pause.id)", "\(newPause.id)"),
                    ("pid of two", "\(two.id)", "\(newTwo.id)"),
                    ("pid of one", "\(one.id)", KernelProcess(one.id) == nil ? "gone" : "\(one.id)"),
                    ("net namespace", text(before["net"]), text(after["net"])),
                    ("ipc namespace", text(before["ipc"]), text(after["ipc"])),
                    ("uts namespace", text(before["uts"]), text(after["uts"])),
                    ("IP (fib_trie)", address.joined(), newPause.addresses.joined()),
                ], isAnew: true))
        return newPause
    }

    /// Two more pods, each with one field more.
    private func showVariations() throws {
        try session.begin("What shareProcessNamespace and hostNetwork change")
        let container = """
              - {name: one, image: "\(LabSession.image)", imagePullPolicy: Never, command: [\(LabSession.program), wait]}
            """
        let shared = LabSession.podName("shared")
        let sharedID = try session.apply(
            session.pod(Self.manifest(shared, "  shareProcessNamespace: true\n", container)))
        let onHost = LabSession.podName("host")
        let onHostID = try session.apply(session.pod(Self.manifest(onHost, "  hostNetwork: true\n", container)))
        let sharedPause = try session.process(of: CgroupPlan.pauseLeaf, in: sharedID)
        let sharedOne = try session.process(of: "one", in: sharedID)
        let hostOne = try session.process(of: "one", in: onHostID)
        try session.does(
            """
            shareProcessNamespace: true: containers are born in the pid namespace of pause. pause is their pid 1, and \
            they see each other. hostNetwork: true: pause and containers stay in the host's net and uts namespaces: no \
            IP of their own.
            """)
        let plain = try session.exec(name, "two", ["processes"]).output
        let together = try session.exec(shared, "one", ["processes"]).output
        let names = [
            column("shared: pause", sharedPause), column("shared: one", sharedOne), column("hostNetwork: one", hostOne),
        ]
        try session.proves(
            NamespaceTable(columns: [Self.host] + names).lines(session.ink) + [""]
                + LabTable([
                    ["/proc in a container", "of this lab's pod", .init(list(plain), .green)],
                    ["", "with shareProcessNamespace", .init(list(together), .green)],
                ]).lines(session.ink))
        try session.delete(shared)
        try session.delete(onHost)
    }

    /// Pid and name of each process but the one that looked.
    private func list(_ text: String) -> String {
        text.split(separator: "\n").sorted { $0.utf8.count < $1.utf8.count }.dropLast().joined(separator: ", ")
    }

    private func end(_ pause: KernelProcess) throws {
        try session.begin("The end")
        let inode = pause.namespaces["net"] ?? 0
        let before = KernelProcess.count(in: inode, kind: "net")
        try session.delete(name)
        let after = KernelProcess.count(in: inode, kind: "net")
        try session.does(
            "The pod is deleted. A namespace lives as long as somebody is in it: with the last process it is gone.")
        try session.calls(["write(cgroup.kill); the kernel takes the namespaces and the link away"])
        try session.proves(["processes with /proc/PID/ns/net = \(inode): \(before) before, \(after) now"])
    }

    // MARK: - Tables

    private static var host: NamespaceTable.Column {
        NamespaceTable.Column(name: "host", inodes: KernelProcess.namespaces(of: "self"))
    }

    private func column(_ name: String, _ process: KernelProcess) -> NamespaceTable.Column {
        NamespaceTable.Column(name: name, inodes: process.namespaces)
    }

    private func table(_ processes: [KernelProcess]) -> [String] {
        let columns = processes.map { column("\($0.leaf) \($0.id)", $0) }
        return NamespaceTable(columns: [Self.host] + columns).lines(session.ink)
    }

    private func text(_ inode: UInt64?) -> String { inode.map(String.init) ?? "gone" }

    /// Rows of what was and what is, of which those that stayed are marked.
    ///
    /// - Parameter isAnew: nothing stays, also where a number is the same.
    private func comparison(_ rows: [(String, String, String)], isAnew: Bool = false) -> [String] {
        let header: [LabTable.Cell] = ["", .init("before", .bold), .init("now", .bold), ""]
        let cells = rows.map { name, old, new in
            let verdict: LabTable.Cell =
                new == "gone"
                ? "" : old != new ? .init("new", .yellow) : isAnew ? .init("used again", .dim) : .init("stays", .green)
            return [.init(name), .init(old), .init(new), verdict] as [LabTable.Cell]
        }
        return LabTable([header] + cells).lines(session.ink)
    }
}
