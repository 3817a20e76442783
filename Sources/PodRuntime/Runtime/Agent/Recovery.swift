import Glibc
import PodLinux
import PodModel
import PodPlanning

extension Agent {
    /// What a new agent does about the pods of the one before: load, find the keepers, tell each machine what is there.
    ///
    /// - Parameters:
    ///   - problems: objects that can't be read.
    ///   - handler: called once all keepers have said what lives, or one has been silent for too long.
    func recover(
        _ objects: [PodObject], problems: [String], then handler: @escaping @MainActor () -> Void
    ) {
        for problem in problems { host.log(problem) }
        // Without all objects nothing is swept: an unreadable object's pod may be alive.
        if problems.isEmpty { sweep(known: Set(objects.map(\.pod.metadata.uid))) }
        adoptNetwork(of: objects)
        for object in objects {
            if let state = host.store.state(of: object.pod) {
                adopt(object, state: state).recover()
            } else {
                // Never started, or the host was booted since.
                adopt(object, state: host.store.record(of: object.pod)).reboot()
            }
        }
        if problems.isEmpty { releaseClaims() }
        awaitKeepers(handler)
    }

    /// How long a keeper may take to say what lives, seconds: it answers within milliseconds, or somebody stopped it.
    private static let keeperTimeout = 2.0

    private func awaitKeepers(_ handler: @escaping @MainActor () -> Void) {
        var silent = Set(pods.values.filter { $0.onRecovered != nil }.map(\.pod.metadata.uid))
        var handler: (@MainActor () -> Void)? = handler
        func finish() {
            handler?()
            handler = nil
        }
        if silent.isEmpty { return finish() }
        for runner in pods.values where silent.contains(runner.pod.metadata.uid) {
            let uid = runner.pod.metadata.uid
            runner.onRecovered = {
                silent.remove(uid)
                if silent.isEmpty { finish() }
            }
        }
        host.loop.schedule(at: Clock.monotonic().advanced(bySeconds: Self.keeperTimeout)) { finish() }
    }

    /// What is left of pods that were deleted while the last agent died.
    private func sweep(known: Set<String>) {
        host.trash.emptySoon()
        let parents = [host.paths.podsRunDirectory, host.paths.podsMemoryDirectory, host.paths.podsDataDirectory]
        for parent in parents {
            for uid in (try? Directory(parent).names()) ?? [] where !known.contains(uid) {
                do {
                    let path = "\(parent)/\(uid)"
                    for volume in (try? Directory(path + "/volumes").names()) ?? [] {
                        try SharedMount.remove("\(path)/volumes/\(volume)")
                    }
                    if parent == host.paths.podsDataDirectory {
                        try host.trash.discard(path)
                    } else {
                        if parent == host.paths.podsRunDirectory { try removeLogs(of: uid) }
                        try host.removeTree(path)
                    }
                } catch {
                    host.log("remove leftovers of a deleted pod: \(error)")
                }
            }
        }
    }

    private func removeLogs(of uid: String) throws {
        for name in try Directory(host.paths.logDirectory).names() where name.hasSuffix("_\(uid)") {
            try host.removeTree("\(host.paths.logDirectory)/\(name)")
        }
    }

    /// The rules and leases of pods that have a sandbox; all others are dropped.
    private func adoptNetwork(of objects: [PodObject]) {
        do {
            try host.network.adopt(
                objects.compactMap(host.store.networkRules),
                othersMayBeLeft: objects.contains { host.store.state(of: $0.pod) == nil })
        } catch {
            host.log("take over the pods' network: \(error)")
        }
    }
}

extension PodRunner {
    /// Nothing is known of the pod's processes: the host was booted, an agent before ended before it began, or the state can't
    /// be read. A keeper that answers all the same is ended with what it holds.
    func reboot() {
        do {
            try Directory.make(host.paths.podRunDirectory(pod.metadata.uid), mode: 0o700)
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
        }
        // The agent before may have ended between storing the pod and refusing it.
        if machine.startTime == nil, let rejection = PodRejection(of: pod, on: host.node) {
            return handle(.rejected(rejection))
        }
        var attempts: [String: Int] = [:]
        for container in machine.containers {
            let path = "\(host.paths.logDirectory)/\(LogPath.directory(of: pod, container: container.name))"
            let names = (try? Directory(path).names()) ?? []
            attempts[container.name] = names.compactMap { $0.hasSuffix(".log") ? Int($0.dropLast(4)) : nil }.max()
        }
        if let keeper = try? KeeperConnection.connect(in: host.paths.keeperDirectory(pod.metadata.uid)) {
            let sandbox = Sandbox(keeper: keeper)
            self.sandbox = sandbox
            do {
                try watch(sandbox)
            } catch {
                host.log("pod \"\(pod.metadata.name)\": \(error)")
            }
        }
        handle(
            .rebooted(
                Remains(
                    attempts: attempts, createdAt: pod.metadata.creationTimestamp, isKeeperAlive: sandbox != nil)))
        catchUp()
    }

    /// The pod was changed and the agent before did not get as far as to tell its machine.
    private func catchUp() {
        if machine.generation != pod.metadata.generation { handle(.updated(pod)) }
        considerResize()
    }

    /// Connects to the keeper of an earlier agent; the machine learns what is there when the keeper has said it all.
    func recover() {
        let uid = pod.metadata.uid
        guard let keeper = try? KeeperConnection.connect(in: host.paths.keeperDirectory(uid)) else {
            handle(.recovered(observation(isSandboxAlive: false)))
            return catchUp()
        }
        let sandbox = Sandbox(keeper: keeper, address: IPv4Address(machine.podIP) ?? IPv4Address(rawValue: 0))
        self.sandbox = sandbox
        onRecovered = {}
        sandbox.onReady = { [weak self, weak sandbox] in
            guard let self, let sandbox else { return }
            sandbox.onReady = {}
            if sandbox.pausePidfd != nil { self.refreshPayloadVolumes() }
            self.handle(.recovered(self.observation(isSandboxAlive: sandbox.pausePidfd != nil)))
            self.catchUp()
            self.recovered()
        }
        do {
            try watch(sandbox)
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
            keeperClosed(sandbox)
        }
    }

    /// The keeper has said all, or is gone.
    func recovered() {
        onRecovered?()
        onRecovered = nil
    }

    /// The keeper names a process that is alive.
    func adopted(_ sandbox: Sandbox, id: UInt64, processID: Int32, pidfd: DescriptorBox) {
        if id == PodMachine.pauseProcess {
            sandbox.pausePidfd = pidfd
            sandbox.pauseID = processID
        } else if id >= ExecSession.firstProcess {
            // Its client's connection ended with the last agent; probes and hooks are begun again. With it goes what it
            // started, where it has a cgroup of its own.
            nextExec = max(nextExec, id + 1)
            if let path = host.cgroups.path(of: processID), Self.isCommandCgroup(path), host.cgroups.kill(path) {
                return
            }
            try? PidDescriptor.signal(pidfd.raw, SIGKILL)
        } else if let container = machine.containers.first(where: { $0.process == id }) {
            let path = cgroupPath(of: container.name)
            sandbox.containers[id] = Sandbox.RunningContainer(
                name: container.name, program: nil, pidfd: pidfd, cgroup: try? host.cgroups.open(path), cgroupPath: path
            )
        }
    }

    private func observation(isSandboxAlive: Bool) -> Observation {
        var processes: [UInt64: Observation.Process] = [:]
        let records = (try? ProcessRecords.read(directory: host.paths.keeperDirectory(pod.metadata.uid))) ?? []
        for record in records {
            nextExec = record.id >= nextExec ? record.id + 1 : nextExec
            guard let container = machine.containers.first(where: { $0.process == record.id }) else { continue }
            switch record.state {
            case .cloned, .running:
                guard isSandboxAlive else { continue }
                processes[record.id] = .running(
                    startedAt: Timestamp(nanosecondsSinceEpoch: Int64(record.startedAt)))
            case .exited(let code, let status):
                processes[record.id] = .exited(
                    processExit(
                        of: container.name, code: code, status: status,
                        startedAt: Timestamp(nanosecondsSinceEpoch: Int64(record.startedAt)),
                        finishedAt: Timestamp(nanosecondsSinceEpoch: Int64(record.finishedAt))))
            case .failed(let opIndex, let errno):
                processes[record.id] = .failed(cause(container, opIndex: opIndex, errno: errno))
            }
        }
        return Observation(isSandboxAlive: isSandboxAlive, processes: processes)
    }

    /// The failed program is not kept; the same plan gives it again.
    private func cause(_ container: ContainerMachine, opIndex: UInt32?, errno: Int32) -> StartFailureCause {
        let spec = pod.container(container.name)
        let program = try? spec.map { try plan($0, attempt: container.attempt).program }
        return startFailureCause(program, opIndex: opIndex, errno: errno, container: spec)
    }
}
