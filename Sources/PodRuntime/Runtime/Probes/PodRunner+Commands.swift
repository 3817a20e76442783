import PodLinux
import PodModel
import PodPlanning

/// How a command of a probe or hook ended.
enum CommandEnd {
    /// 128 + signal number when a signal ended it. The output is stdout and stderr, at most 10 KiB.
    case exited(code: Int, output: String)
    /// It did not run.
    case failed(message: String)
}

extension PodRunner {
    /// Runs a command of the manifest in an instance of a container. It has a cgroup of its own below the container's, so
    /// that the container's limits hold for it and all that it started can be killed with it.
    ///
    /// - Parameter outcome: what its end means for the attempt.
    func run(
        _ command: [String], in container: Container, process: UInt64, _ attempt: Attempt,
        _ outcome: @escaping (CommandEnd) -> ProbeOutcome
    ) {
        do {
            guard let sandbox, let running = sandbox.containers[process] else {
                throw AgentError("container not running (\(container.name))")
            }
            let pipe = try Descriptor.pipe()
            let output = try CommandOutput(of: pipe.read, loop: host.loop)
            attempt.release = { output.close() }
            let plan = ExecPlan.make(
                try resolve(container, configuration: keptConfiguration(of: container)), command: command,
                terminal: nil, hasInput: false, node: host.node)
            let path = try makeCgroup(below: running.cgroupPath)
            let session = ExecSession(program: plan.program, cgroupPath: path) { event in
                switch event {
                case .started: break
                case .failed(let message, _): attempt.finish(outcome(.failed(message: message)))
                case .exited(let code): attempt.finish(outcome(.exited(code: code, output: output.end())))
                }
            }
            let execution = try begin(
                session, in: sandbox,
                resources: Sandbox.Resources(
                    containerPidfd: running.pidfd, cgroup: host.cgroups.open(path), stdout: pipe.write,
                    stderr: pipe.write))
            attempt.release = { [weak self] in
                output.close()
                self?.cancelExec(execution)
            }
        } catch {
            attempt.finish(outcome(.failed(message: "\(error)")))
        }
    }

    private static let cgroupName = "podrun-exec-"

    static func isCommandCgroup(_ path: String) -> Bool {
        path.split(separator: "/").last?.hasPrefix(cgroupName) ?? false
    }

    /// Most cgroups of a container that hold what its commands left running.
    private static let maximumCgroups = 256

    /// A new one for each command: Linux 6.14 and later kill at birth what is born in a cgroup that was ever killed. Where a
    /// command left something running, that one stays as it is; they all go with the container's own.
    private func makeCgroup(below container: String) throws -> String {
        for number in 0..<Self.maximumCgroups {
            let path = "\(container)/\(Self.cgroupName)\(number)"
            if try host.cgroups.renew(path) { return path }
        }
        throw AgentError("\(Self.maximumCgroups) commands of probes and hooks left processes that still run")
    }
}
