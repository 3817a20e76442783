import Glibc
import PodLinux
import PodModel
import PodPlanning

/// A command running in a container on behalf of a client.
@MainActor
final class ExecSession {
    enum Event {
        /// With the terminal's master when one was asked for.
        case started(terminal: DescriptorBox?)
        case failed(message: String, exitCode: Int)
        /// The command's code, 128 + signal number when a signal ended it.
        case exited(code: Int)
    }

    /// Keeper process ids of execs are apart from those of containers, which the machine counts.
    static let firstProcess: UInt64 = 1 << 32

    let program: ChildProgram
    /// A cgroup of its own, with all that the command starts; nil: it shares its container's.
    let cgroupPath: String?
    let handler: (Event) -> Void
    var terminal: DescriptorBox?
    var pidfd: DescriptorBox?
    /// The client went away before the command ran.
    var isCancelled = false

    init(program: ChildProgram, cgroupPath: String? = nil, handler: @escaping (Event) -> Void) {
        self.program = program
        self.cgroupPath = cgroupPath
        self.handler = handler
    }
}

extension PodRunner {
    /// Runs a command in a running container, confined as the container itself is.
    ///
    /// - Parameters:
    ///   - isCopy: run podrun's copier; the request's command are its arguments.
    ///   - descriptors: stdin, stdout, stderr of the client; none with a terminal.
    /// - Returns: what `cancelExec` takes.
    /// - Throws: `RequestError` when nothing was started.
    func exec(
        _ request: ExecRequest, isCopy: Bool = false, descriptors: [DescriptorBox],
        handler: @escaping (ExecSession.Event) -> Void
    ) throws -> UInt64 {
        let (container, target, sandbox) = try runningContainer(request.container)
        guard request.tty || descriptors.count == 3 else {
            throw RequestError("exec needs the descriptors of stdin, stdout and stderr", reason: "BadRequest")
        }
        let copier = isCopy ? DescriptorBox(try EmbeddedPrograms.copier()) : nil
        let plan = ExecPlan.make(
            try resolve(container, configuration: keptConfiguration(of: container)), command: request.command,
            runsCopier: isCopy,
            terminal: request.tty
                ? ExecPlan.Terminal(rows: UInt16(clamping: request.rows), columns: UInt16(clamping: request.columns))
                : nil,
            hasInput: request.stdin, node: host.node)
        return try begin(
            ExecSession(program: plan.program, handler: handler), in: sandbox, executable: copier?.raw ?? -1,
            resources: Sandbox.Resources(
                containerPidfd: target.pidfd, cgroup: target.cgroup, stdin: descriptors.first,
                stdout: descriptors.dropFirst().first, stderr: descriptors.dropFirst(2).first))
    }

    /// - Returns: what `cancelExec` takes.
    func begin(
        _ session: ExecSession, in sandbox: Sandbox, executable: Int32 = -1, resources: Sandbox.Resources
    ) throws -> UInt64 {
        let process = nextExec
        nextExec += 1
        let program = session.program
        let slot = { (passed: PassedSlot) in program.slot(of: passed)?.index }
        try sandbox.run(
            process, program, encoded: program.encoded(seccomp: host.filter(program.seccomp)), executable: executable,
            resources: resources,
            stdio: .slots(stdin: slot(.stdin), stdout: slot(.stdout), stderr: slot(.stderr)))
        execs[process] = session
        return process
    }

    /// Nobody waits for the command any more: it goes, and where it has a cgroup of its own all that it started.
    func cancelExec(_ process: UInt64) {
        guard let session = execs[process] else { return }
        session.isCancelled = true
        if let path = session.cgroupPath, host.cgroups.kill(path) { return }
        if let pidfd = session.pidfd { try? PidDescriptor.signal(pidfd.raw, SIGKILL) }
    }
}
