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
            let path = freeCgroup(below: running.cgroupPath)
            try host.cgroups.make(CgroupPlan(path: path))
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

    /// One that no living command has. They go with the container's own.
    private func freeCgroup(below container: String) -> String {
        let used = Set(execs.values.compactMap(\.cgroupPath))
        let names = (0...used.count).lazy.map { "\(container)/\(Self.cgroupName)\($0)" }
        return names.first { !used.contains($0) } ?? container
    }
}
