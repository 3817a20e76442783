import Testing

@testable import PodPlanning

@Suite struct SandboxTests {
    private func plan(_ spec: String, node: NodeFacts = Sample.node) throws -> SandboxPlan {
        SandboxPlan.make(
            pod: try Sample.pod(spec + "\ncontainers: [{name: app}]"), node: node, paths: Sample.paths, podIP: nil)
    }

    private func parameters(_ plan: SandboxPlan) -> [String] {
        plan.program.ops.compactMap {
            guard case .writeFile(let path, let bytes, _, _) = $0, path.hasPrefix("/proc/sys/") else { return nil }
            return path.dropFirst(10) + "=" + String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func kernelParameters() throws {
        #expect(
            parameters(try plan("")) == [
                "net/ipv4/ip_unprivileged_port_start=0", "net/ipv4/ping_group_range=0 2147483647",
            ])
        let own = """
            securityContext:
              sysctls:
              - {name: net.ipv4.ip_unprivileged_port_start, value: "1024"}
              - {name: kernel.shm_rmid_forced, value: "1"}
            """
        #expect(
            parameters(try plan(own)) == [
                "net/ipv4/ping_group_range=0 2147483647", "net/ipv4/ip_unprivileged_port_start=1024",
                "kernel/shm_rmid_forced=1",
            ])
    }

    /// 65536 ids for each address of the pods' /16, all different and none the host's own.
    @Test(
        arguments: [
            ("10.85.0.2", 131_072), ("10.85.0.3", 196_608), ("10.85.1.0", 16_777_216), ("10.85.255.254", 4_294_836_224),
            (nil, 65_536),
        ] as [(String?, UInt32)])
    func usersOfItsOwn(address: String?, first: UInt32) throws {
        let pod = try Sample.pod("hostUsers: false\ncontainers: [{name: app}]")
        #expect(UserNamespaceIDs(pod: pod, podIP: address)?.first == first)
        #expect(UserNamespaceIDs(pod: try Sample.container("tty: true"), podIP: address) == nil)
    }

    @Test func emptyDirsHaveModesGroupsAndSizes() throws {
        let plan = try plan(
            """
            securityContext: {fsGroup: 2000}
            volumes:
            - {name: disk, emptyDir: {}}
            - {name: mem, emptyDir: {medium: Memory, sizeLimit: 10Mi}}
            - {name: big, emptyDir: {medium: Memory}}
            """)
        let base = "/run/podrun/pods/\(Sample.uid)"
        #expect(
            plan.directories.contains(
                PlannedDirectory("/var/lib/podrun/pods/\(Sample.uid)/volumes/disk", mode: 0o2777, group: 2000)))
        #expect(
            plan.tmpfs == [
                TmpfsPlan(name: "shm", path: base + "/shm", mode: 0o1777, sizeBytes: 64 << 20, group: nil),
                TmpfsPlan(name: "mem", path: base + "/volumes/mem", mode: 0o2777, sizeBytes: 10 << 20, group: 2000),
                TmpfsPlan(name: "big", path: base + "/volumes/big", mode: 0o2777, sizeBytes: 4 << 30, group: 2000),
            ])
    }

    @Test func namespacesOfTheHostAreKept() throws {
        let own: NamespaceSet = [.network, .ipc, .uts, .pid, .mount]
        let table: [(String, NamespaceSet)] = [
            ("", own), ("hostNetwork: true", [.ipc, .pid, .mount]), ("hostPID: true", own.subtracting(.pid)),
            ("hostIPC: true", own.subtracting(.ipc)),
        ]
        for (spec, flags) in table {
            let plan = try plan(spec)
            #expect(plan.program.cloneFlags == flags, "\(spec)")
            #expect(plan.tmpfs.isEmpty == !flags.contains(.ipc), "the host's /dev/shm")
            #expect(parameters(plan).isEmpty == !flags.contains(.network), "none of the host's is written")
            let setsName = plan.program.ops.contains { if case .hostName = $0 { true } else { false } }
            #expect(setsName == flags.contains(.uts), "the host's name stays")
        }
    }

    @Test func pauseHasNoRights() throws {
        let program = try plan("").program
        #expect(program.ops.contains(.bounding([])) && program.ops.contains(.capabilities([])))
        #expect(program.ops.contains(.noNewPrivileges))
        #expect(program.passedSlots == [.pauseExecutable, .cgroup] && program.cgroupSlot == Slot(1))
        var bare = Sample.node
        bare.cgroup = .none
        let without = try plan("", node: bare)
        #expect(without.program.passedSlots == [.pauseExecutable] && without.program.cgroupSlot == nil)
        #expect(without.cgroup == nil)
    }

    @Test func sharedProcessNamespaceIsPauses() throws {
        let pod = try Sample.pod("shareProcessNamespace: true\ncontainers: [{name: app}]")
        let program = ContainerPlan.make(
            try Sample.resolve(pod), container: pod.spec.containers[0], pod: pod, node: Sample.node,
            paths: Sample.paths, attempt: 0
        ).program
        #expect(program.cloneFlags == [.mount] && program.pidNamespaceSlot == program.slot(of: .pausePidfd))
    }

    @Test(arguments: [
        ("", "", nil), ("", "targetContainerName: app", PassedSlot.containerPidfd),
        ("shareProcessNamespace: true", "targetContainerName: app", .pausePidfd),
    ])
    func processesOfAnEphemeralContainer(podLine: String, line: String, among slot: PassedSlot?) throws {
        let pod = try Sample.pod(
            "\(podLine)\ncontainers: [{name: app}]\nephemeralContainers:\n- name: debug\n  \(line)")
        let container = try #require(pod.container("debug"))
        let program = ContainerPlan.make(
            try Sample.resolve(pod, container: "debug"), container: container, pod: pod, node: Sample.node,
            paths: Sample.paths, attempt: 0
        ).program
        #expect(program.cloneFlags == (slot == nil ? [.mount, .pid] : [.mount]))
        #expect(program.pidNamespaceSlot == slot.flatMap { program.slot(of: $0) })
        #expect(program.passedSlots.contains(.containerPidfd) == (slot == .containerPidfd))
    }
}

@Suite struct HostPathTests {
    private func plan(_ type: String) throws -> HostPathPlan {
        let line = type.isEmpty ? "" : ", type: \(type)"
        let pod = try Sample.pod(
            "volumes: [{name: a, emptyDir: {}}, {name: h, hostPath: {path: /srv/./x/\(line)}}]\ncontainers: [{name: app}]"
        )
        let plans = HostPathPlan.all(in: pod)
        #expect(plans.count == 1 && plans.first?.path == "/srv/x")
        return try #require(plans.first)
    }

    @Test(arguments: [
        ("", HostPathPlan.Found.nothing, HostPathPlan.Action.makeDirectory), ("", .other, .use),
        ("DirectoryOrCreate", .nothing, .makeDirectory), ("DirectoryOrCreate", .directory, .use),
        ("DirectoryOrCreate", .file, .refuse("hostPath type check failed: /srv/x is not a directory")),
        ("Directory", .nothing, .refuse("hostPath type check failed: /srv/x is not a directory")),
        ("FileOrCreate", .nothing, .makeFile), ("File", .file, .use),
        ("File", .directory, .refuse("hostPath type check failed: /srv/x is not a file")),
        ("Socket", .socket, .use),
        ("Socket", .nothing, .refuse("hostPath type check failed: /srv/x is not a socket file")),
        ("CharDevice", .blockDevice, .refuse("hostPath type check failed: /srv/x is not a character device")),
        ("BlockDevice", .blockDevice, .use),
    ])
    func types(type: String, found: HostPathPlan.Found, action: HostPathPlan.Action) throws {
        #expect(try plan(type).action(found: found) == action)
    }
}
