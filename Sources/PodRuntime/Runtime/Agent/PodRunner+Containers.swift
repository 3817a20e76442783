import CShim
import Glibc
import PodLinux
import PodModel
import PodPlanning

/// Starting, stopping and ending containers.
extension PodRunner {
    /// What the container's processes are, from the pod, its image, this node and the objects that it refers to.
    func resolve(_ container: Container, configuration: PodConfiguration) throws -> ResolvedContainer {
        guard let image = try images[container.name] ?? host.image(container.image) else {
            throw ResolveError(.createContainerError, "image \"\(container.image)\" is gone")
        }
        images[container.name] = image
        for volume in pod.spec.volumes where volumeImages[volume.name] == nil {
            if let source = volume.image { volumeImages[volume.name] = try? host.image(source.reference) }
        }
        return try ContainerResolution.resolve(
            container: container, pod: allocatedPod, image: image, volumeImages: volumeImages, node: host.node,
            podIP: sandbox?.address.description ?? machine.podIP,
            localhostProfiles: host.seccompProfiles(of: pod),
            configuration: configuration, hostDevices: HostDevices.read)
    }

    func plan(_ container: Container, attempt: Int) throws -> ContainerPlan {
        ContainerPlan.make(
            try resolve(container, configuration: configuration(for: container)), container: container,
            pod: allocatedPod, node: host.node, paths: host.paths, attempt: attempt)
    }

    /// Everything of a start that needs no sandbox. May be done again for the same attempt.
    private func prepare(_ container: Container, attempt: Int) throws -> Sandbox.PreparedContainer {
        let plan = try plan(container, attempt: attempt)
        // What earlier instances wrote is gone for good: each instance starts from its image.
        // In a user namespace also what never started left, which an earlier sandbox's ids may own.
        if attempt > 0 || pod.spec.hostUsers == false { try host.trash.discard(plan.containerDirectory) }
        try host.make(plan.directories, plan.files)
        if let cgroup = plan.cgroup {
            // A new cgroup for each instance: its counters are the instance's.
            if attempt > 0 { try host.cgroups.remove(cgroup.path) }
            try host.cgroups.make(cgroup)
        }
        return Sandbox.PreparedContainer(
            plan: plan, configuration: configuration(for: container).used(by: container),
            imageID: images[container.name]?.imageID,
            cgroup: try plan.cgroup.flatMap { try host.cgroups.open($0.path) },
            program: try plan.program.encoded(seccomp: host.filter(plan.program.seccomp)))
    }

    /// Makes what the first containers need while pause starts. A container that can't be prepared is left to its start,
    /// which tries again and says why.
    func prepareContainers(for sandbox: Sandbox) {
        let pod = allocatedPod
        let first = pod.spec.initContainers.first.map { [$0] } ?? pod.spec.containers
        for container in first where machine.container(container.name)?.process == 0 {
            sandbox.prepared[container.name] = try? prepare(container, attempt: 0)
        }
    }

    func startContainer(_ name: String, attempt: Int, process: UInt64) {
        guard let container = allocatedPod.container(name), let sandbox else { return }
        do {
            let prepared = sandbox.prepared.removeValue(forKey: name).flatMap { prepared in
                prepared.plan.attempt == attempt && prepared.imageID == images[name]?.imageID ? prepared : nil
            }
            let start = try prepared ?? prepare(container, attempt: attempt)
            let plan = start.plan
            sandbox.containers[process] = Sandbox.RunningContainer(
                name: name, program: plan.program, pidfd: nil, cgroup: start.cgroup, cgroupPath: cgroupPath(of: name))
            try keepConfiguration(start.configuration, of: name)
            let directory = try Descriptor.open(plan.logDirectory, O_RDONLY | O_DIRECTORY)
            let sharedMounts = try plan.sharedSources.map(openShared)
            let log = KeeperLog(directory: directory.raw, name: plan.logName)
            try sandbox.run(
                process, plan.program, encoded: start.program,
                resources: Sandbox.Resources(
                    containerPidfd: targetPidfd(of: name), cgroup: start.cgroup,
                    userNamespace: try userNamespace(of: sandbox), sharedMounts: sharedMounts),
                stdio: container.tty
                    ? .terminalLog(log)
                    : container.stdin ? .interactiveLog(log, once: container.stdinOnce) : .log(log),
                isTraced: timeline != nil)
            trace(plan.program, of: name, process: process)
            _ = consume directory
        } catch {
            sandbox.containers[process] = nil
            let reason = (error as? ResolveError)?.reason.rawValue ?? "CreateContainerError"
            let cause = StartFailureCause(
                reason: reason == "RunContainerError" ? "StartError" : reason, message: "\(error)")
            handle(.containerFailed(container: name, process: process, cause))
        }
    }

    /// pause keeps the pod's user namespace, if it has one.
    private func userNamespace(of sandbox: Sandbox) throws -> DescriptorBox? {
        guard pod.spec.hostUsers == false, let pause = sandbox.pausePidfd else { return nil }
        return try UserNamespace.open(of: sandbox.pauseID, pidfd: pause.raw)
    }

    func cgroupPath(of name: String) -> String { CgroupPlan.containerPath(name, in: pod) }

    func stopContainer(_ name: String, process: UInt64) {
        guard let pidfd = sandbox?.containers[process]?.pidfd else { return }
        do {
            let signal = machine.container(name)?.stopSignal(pod.container(name)) ?? ""
            try PidDescriptor.signal(pidfd.raw, SignalName.number(signal) ?? SIGTERM)
        } catch {
            host.log("pod \"\(pod.metadata.name)\": stop container \"\(name)\": \(error)")
        }
    }

    func killContainer(_ process: UInt64) {
        guard let running = sandbox?.containers[process] else { return }
        if host.cgroups.kill(running.cgroupPath) { return }
        if let pidfd = running.pidfd { try? PidDescriptor.signal(pidfd.raw, SIGKILL) }
    }

    // MARK: - What the keeper says

    func started(_ sandbox: Sandbox, id: UInt64, pidfd: DescriptorBox, at: UInt64) {
        if let exec = execs[id] {
            exec.pidfd = pidfd
            if exec.isCancelled { return cancelExec(id) }
            exec.handler(.started(terminal: exec.terminal))
            exec.terminal = nil
            return
        }
        guard let name = sandbox.containers[id]?.name else { return }
        sandbox.containers[id]?.pidfd = pidfd
        host.keepers.refillSoon()
        handle(.containerStarted(container: name, process: id, at: Timestamp(nanosecondsSinceEpoch: Int64(at))))
    }

    func failed(_ sandbox: Sandbox, id: UInt64, opIndex: UInt32?, errno: Int32) {
        if let exec = execs.removeValue(forKey: id) {
            let failure = StartFailure(program: exec.program, opIndex: opIndex.map(Int.init), errno: errno)
            // As shells: 127 when there is no such command, 126 when it can't be run.
            return exec.handler(.failed(message: failure.message, exitCode: errno == ENOENT ? 127 : 126))
        }
        guard let running = sandbox.containers.removeValue(forKey: id) else { return }
        handle(
            .containerFailed(
                container: running.name, process: id,
                startFailureCause(
                    running.program, opIndex: opIndex, errno: errno, container: pod.container(running.name))))
    }

    func startFailureCause(
        _ program: ChildProgram?, opIndex: UInt32?, errno: Int32, container: Container? = nil
    ) -> StartFailureCause {
        guard let program else { return StartFailureCause(reason: "StartError", message: SyscallError.text(of: errno)) }
        let failure = StartFailure(
            program: program, opIndex: opIndex.map(Int.init), errno: errno, container: container)
        if let detail = failure.detail { host.log("pod \"\(pod.metadata.name)\": \(failure.message): \(detail)") }
        return StartFailureCause(reason: failure.reason, message: failure.message)
    }

    func exited(_ sandbox: Sandbox, id: UInt64, code: Int32, status: Int32, at: UInt64) {
        if let exec = execs.removeValue(forKey: id) {
            try? sandbox.keeper.forget(id: id)
            return exec.handler(.exited(code: ProcessExit.code(siCode: code, status: status)))
        }
        guard let running = sandbox.containers.removeValue(forKey: id) else { return }
        let startedAt = machine.container(running.name)?.startedAt ?? Timestamp(nanosecondsSinceEpoch: Int64(at))
        let exit = processExit(
            of: running.name, code: code, status: status, startedAt: startedAt,
            finishedAt: Timestamp(nanosecondsSinceEpoch: Int64(at)))
        // With a shared pid namespace the end of the first process is not the end of the others.
        _ = host.cgroups.kill(running.cgroupPath)
        handle(.containerExited(container: running.name, process: id, exit))
    }

    private func terminationMessage(of name: String, exitCode: Int) -> String {
        guard let container = pod.container(name) else { return "" }
        let file = ContainerPlan.terminationLog(of: name, in: pod, paths: host.paths)
        let message = TerminationMessage.file(file)
        guard message.isEmpty, exitCode != 0, container.terminationMessagePolicy == "FallbackToLogsOnError" else {
            return message
        }
        return TerminationMessage.endOfLog(
            root: host.paths.logDirectory, relativePath: LogPath.directory(of: pod, container: name),
            attempt: machine.container(name)?.attempt ?? 0)
    }

    func processExit(
        of name: String, code: Int32, status: Int32, startedAt: Timestamp, finishedAt: Timestamp
    ) -> ProcessExit {
        let isKilled = code != CLD_EXITED && status == SIGKILL
        let exitCode = ProcessExit.code(siCode: code, status: status)
        return ProcessExit(
            code: exitCode, signal: code == CLD_EXITED ? 0 : Int(status),
            isOutOfMemory: isKilled && host.cgroups.outOfMemoryKills(cgroupPath(of: name)) > 0,
            message: terminationMessage(of: name, exitCode: exitCode), startedAt: startedAt, finishedAt: finishedAt)
    }
}

extension ProcessExit {
    /// The shell's convention: 128 + signal number when a signal ended the process.
    static func code(siCode: Int32, status: Int32) -> Int { siCode == CLD_EXITED ? Int(status) : 128 + Int(status) }
}
