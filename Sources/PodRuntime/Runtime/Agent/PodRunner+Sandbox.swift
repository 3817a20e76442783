import CShim
import Glibc
import PodLinux
import PodModel
import PodPlanning

/// Making and removing a sandbox.
///
///     create:  hostPaths, volumes of objects, claims -> keeper, address, directories, cgroups -> tmpfs, pause
///              while pause starts: ports, files, first containers; once it has its namespaces: veth, routes
///              -> sandboxReady
///     remove:  kill the cgroups -> keeper ends -> veth, ports, cgroups, address -> sandboxRemoved
extension PodRunner {
    func createSandbox() {
        if let problem = pod.hostNameProblem { return handle(.sandboxFailed(message: problem)) }
        let claims: [ClaimPlan]
        do {
            // Before anything is made: a pod whose volumes can't be had waits without a sandbox.
            let hostPaths = HostPathPlan.all(in: pod).map(HostPathVolume.init)
            for volume in hostPaths { try volume.verify() }
            for volume in hostPaths { try volume.make() }
            try setUpPayloadVolumes()
            claims = try setUpClaims()
        } catch {
            return mountsFailed("\(error)")
        }
        giveToGroup(claims) { [weak self] error in
            guard let self else { return }
            if let error {
                self.mountsFailed("\(error)")
            } else {
                self.mountsFailSince = nil
                self.makeSandbox()
            }
        }
    }

    private func makeSandbox() {
        do {
            let uid = pod.metadata.uid
            // A new keeper comes up while the rest is made.
            let sandbox = Sandbox(keeper: try measured("take a keeper") { try host.keepers.keeper(of: uid) })
            self.sandbox = sandbox
            try watch(sandbox)
            sandbox.address = try measured("lease an address") { try address() }
            var node = host.node
            if pod.spec.hostNetwork { node.hosts = HostFacts.hosts() }
            let plan = SandboxPlan.make(
                pod: allocatedPod, node: node, paths: host.paths, podIP: sandbox.address.description)
            try measured("make directories") { try host.make(plan.directories, []) }
            // The weight of the pod's class counts the other pods, too, when the agent has shared the host out again.
            try measured("make cgroups") {
                for cgroup in host.cgroupTree(of: [allocatedPod]) + [plan.cgroup, plan.pauseCgroup].compactMap({ $0 }) {
                    try host.cgroups.make(cgroup)
                }
            }
            if machine.sandboxAttempts == 1 {
                for notice in plan.notices {
                    record(PodEvent(type: "Warning", reason: notice.reason, message: notice.message))
                }
            }
            // Before the keeper's first request: it takes its view of the host's mounts then.
            for volume in plan.sharedVolumes { try make(volume) }
            sandbox.awaitedTmpfs = plan.tmpfs
            for tmpfs in plan.tmpfs {
                try sandbox.keeper.mountTmpfs(
                    id: PodMachine.pauseProcess, path: tmpfs.path, size: tmpfs.sizeBytes, mode: tmpfs.mode,
                    pageSize: tmpfs.pageBytes)
            }
            sandbox.pauseProgram = plan.program
            try sandbox.run(
                PodMachine.pauseProcess, plan.program, encoded: plan.program.encoded(),
                executable: host.programs.pause.raw,
                resources: Sandbox.Resources(
                    cgroup: try plan.pauseCgroup.flatMap { try host.cgroups.open($0.path) },
                    userNamespace: try plan.userNamespace.map {
                        try UserNamespace.make(first: $0.first, count: UserNamespaceIDs.count)
                    }),
                stdio: .null, isTraced: timeline != nil)
            trace(plan.program, of: CgroupPlan.pauseLeaf, process: PodMachine.pauseProcess)
            // The rest is made while pause starts.
            if pod.spec.hostNetwork {
                sandbox.hasNetwork = true
            } else {
                try measured("let packets of its address pass") {
                    try host.network.admit(
                        podUID: uid, address: sandbox.address, hostPorts: HostPort.all(in: pod))
                }
            }
            try measured("write hosts, resolv.conf, hostname") { try host.make([], plan.files) }
            measured("prepare the first containers") { prepareContainers(for: sandbox) }
        } catch {
            failSandbox("\(error)")
        }
    }

    /// A lease of the pods' network, or the host's own address.
    private func address() throws -> IPv4Address {
        guard pod.spec.hostNetwork else { return try host.network.addresses.lease(podUID: pod.metadata.uid) }
        return IPv4Address(host.node.hostIP) ?? .loopback
    }

    /// pause is on its way and has its namespaces.
    private func connectNetwork(_ sandbox: Sandbox, podSocket: DescriptorBox) {
        guard sandbox.removal == nil else { return }
        do {
            try measured("make the link, set address and routes") {
                try host.network.attach(podUID: pod.metadata.uid, address: sandbox.address, podSocket: podSocket)
            }
            sandbox.hasNetwork = true
        } catch {
            failSandbox("\(error)")
        }
    }

    private func pauseStarted(_ sandbox: Sandbox, pidfd: DescriptorBox) {
        sandbox.pausePidfd = pidfd
        guard sandbox.removal == nil else { return }
        keepersLost = 0
        guard sandbox.hasNetwork else { return failSandbox("pause gave no socket of its network namespace") }
        handle(.sandboxReady(ip: sandbox.address.description))
    }

    /// The keeper answers in the order of the requests, and before it says that pause runs.
    private func mounted(_ root: DescriptorBox, in sandbox: Sandbox) {
        guard sandbox.removal == nil, !sandbox.awaitedTmpfs.isEmpty else { return }
        let tmpfs = sandbox.awaitedTmpfs.removeFirst()
        guard let group = tmpfs.group else { return }
        do {
            try check("chown", tmpfs.path) { fchown(root.raw, 0, group) }
            // chown takes the setgid bit away.
            try check("chmod", tmpfs.path) { fchmod(root.raw, tmpfs.mode) }
        } catch {
            failSandbox("\(error)")
        }
    }

    /// Takes back what was made, then tells the machine.
    private func failSandbox(_ message: String) {
        let text = "failed to create pod sandbox: \(message)"
        if sandbox?.removal != nil { return }
        SandboxRemoval(runner: self) { [weak self] in self?.handle(.sandboxFailed(message: text)) }.start()
    }

    func removeSandbox() {
        SandboxRemoval(runner: self) { [weak self] in self?.handle(.sandboxRemoved) }.start()
    }

    // MARK: - The keeper

    func watch(_ sandbox: Sandbox) throws {
        sandbox.registration = try host.loop.watch(sandbox.keeper.raw, .readable) { [weak self, weak sandbox] _ in
            guard let self, let sandbox else { return }
            self.receive(from: sandbox)
        }
    }

    private func receive(from sandbox: Sandbox) {
        do {
            while sandbox.registration != nil, let event = try sandbox.keeper.receive() { take(event, from: sandbox) }
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
            keeperClosed(sandbox)
        }
    }

    private func take(_ event: KeeperEvent, from sandbox: Sandbox) {
        switch event {
        case .hello: break
        case .mounted(_, let root): mounted(root, in: sandbox)
        case .live(let id, let processID, let pidfd): adopted(sandbox, id: id, processID: processID, pidfd: pidfd)
        case .ready: sandbox.onReady()
        case .returned(PodMachine.pauseProcess, _, let socket): connectNetwork(sandbox, podSocket: socket)
        case .returned(let id, _, let descriptor): execs[id]?.terminal = descriptor
        case .started(PodMachine.pauseProcess, let processID, let pidfd, _):
            sandbox.pauseID = processID
            pauseStarted(sandbox, pidfd: pidfd)
        case .started(let id, _, let pidfd, let at): started(sandbox, id: id, pidfd: pidfd, at: at)
        case .failed(PodMachine.pauseProcess, let opIndex, let errno):
            if let tmpfs = sandbox.awaitedTmpfs.first {
                failSandbox("\(SyscallError(call: "mount tmpfs on", subject: tmpfs.path, errno: errno))")
            } else {
                failSandbox(startFailureCause(sandbox.pauseProgram, opIndex: opIndex, errno: errno).message)
            }
        case .failed(let id, let opIndex, let errno): failed(sandbox, id: id, opIndex: opIndex, errno: errno)
        case .exited(PodMachine.pauseProcess, _, _, _):
            sandbox.pausePidfd = nil
            if sandbox.removal == nil { handle(.sandboxLost) }
        case .exited(let id, let code, let status, let at):
            exited(sandbox, id: id, code: code, status: status, at: at)
        case .closed: keeperClosed(sandbox)
        }
    }

    /// So many keepers may end before a sandbox stands until it counts as failed: one may have been killed.
    private static let keeperAttempts = 2

    /// The keeper ended: as asked by a removal, or somebody killed it. Or its connection broke.
    func keeperClosed(_ sandbox: Sandbox) {
        if let registration = sandbox.registration { host.loop.unwatch(registration) }
        sandbox.registration = nil
        sandbox.keeper.close()
        // Nobody would look for one that lives.
        host.keepers.end(of: pod.metadata.uid)
        let ended = execs.values
        execs = [:]
        // The machine first: the container is gone then, and no probe of it has failed.
        if let removal = sandbox.removal {
            removal.keeperEnded()
        } else if machine.sandbox == .creating, keepersLost == Self.keeperAttempts {
            failSandbox("the pod's keeper ended")
        } else {
            keepersLost += 1
            handle(.keeperLost)
        }
        for exec in ended { exec.handler(.failed(message: "the container is gone", exitCode: 1)) }
        recovered()
    }
}
