import CShim
import Glibc
import PodLinux
import PodModel
import PodPlanning

package struct AgentOptions: Sendable {
    package var paths = HostPaths()
    /// Seconds without a pod after which an agent that a command started leaves; nil = never (systemd, foreground).
    package var idleTimeoutSeconds: Int?
    /// Gets one zero byte when requests are answered, or an error text; closed then.
    package var readinessDescriptor: Int32?
    package var imagePolicy = ImageCollection.Policy()
    /// Nanoseconds between two looks at the images' disk (the kubelet's ImageGCPeriod).
    package var imagePeriod = Int64.seconds(300)

    package init() {}
}

/// The process `podrun agent`.
@MainActor
package enum AgentProcess {
    /// Runs until it is told to leave.
    ///
    /// - Returns: the exit code.
    package static func run(_ options: AgentOptions) -> Int32 {
        do {
            let loop = try EventLoop()
            // Held until the process ends, however it ends.
            let lock = try prepare(options.paths)
            defer { withExtendedLifetime(lock) {} }
            try Failpoint.arm(runDirectory: options.paths.runDirectory)
            var node = HostFacts.read()
            node.cgroup.prepare()
            let host = try Host(paths: options.paths, node: node, loop: loop, bootID: HostFacts.bootID())
            // systemd keeps its services where they are; an agent that a command started leaves the command's session.
            if options.idleTimeoutSeconds != nil { try host.cgroups.enter(CgroupTree.systemPath) }
            for problem in try host.objects.load() { host.log(problem) }
            host.events.load()
            let agent = Agent(host: host)
            // To one that does not know its pods all they have would be left over: nobody can connect to it.
            let (objects, problems) = try host.store.objects()
            let server = try ControlServer(agent: agent)
            if let seconds = options.idleTimeoutSeconds {
                IdleExit(agent: agent, server: server, seconds: seconds).start()
            }
            agent.recover(objects, problems: problems, then: server.open)
            let collector = ImageCollector(agent: agent, policy: options.imagePolicy, period: options.imagePeriod)
            try loop.watchSignals([SIGTERM, SIGINT, SIGCHLD]) { number, _ in if number != SIGCHLD { loop.stop() } }
            report(options, error: nil)
            notifyService()
            loop.schedule(at: Clock.monotonic().advanced(bySeconds: 0.05)) {
                host.warmUp()
                collector.start()
                host.keepers.refillSoon()
            }
            try withExtendedLifetime((agent, server, collector)) { try loop.run() }
            host.close(hasPods: !agent.pods.isEmpty)
            server.close()
            return 0
        } catch {
            report(options, error: "\(error)")
            Host.write("error: start agent: \(error)")
            return 1
        }
    }

    /// Own rights and limits, whatever the caller's were; the directories; the lock that makes this the only agent.
    private static func prepare(_ paths: HostPaths) throws -> LockFile {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        ProcessLimits.raiseOpenFiles()
        ProcessLimits.resetPriority()
        ProcessLimits.protectFromInspection()
        for directory in [
            paths.runDirectory, "\(paths.runDirectory)/pods", paths.rootMountPoint, paths.dataDirectory,
            "\(paths.dataDirectory)/pods", paths.trashDirectory, paths.volumesDirectory, paths.objectsDirectory,
            paths.imagesDirectory,
        ] {
            try Directory.make(directory, mode: 0o700)
        }
        try Directory.make(paths.logDirectory, mode: 0o755)
        guard let lock = try LockFile.tryAcquire("\(paths.runDirectory)/agent.lock") else {
            throw AgentError("another agent holds \"\(paths.runDirectory)/agent.lock\"")
        }
        return lock
    }

    private static func notifyService() {
        do throws(SyscallError) {
            try ServiceNotification.ready()
        } catch {
            Host.write("tell systemd that the agent is ready: \(error)")
        }
    }

    private static func report(_ options: AgentOptions, error: String?) {
        guard let descriptor = options.readinessDescriptor else { return }
        let bytes = error.map { Array($0.utf8) } ?? [0]
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}

struct AgentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// An agent that a command started leaves when there was no pod for a while; the next command starts another.
@MainActor
final class IdleExit {
    private let agent: Agent
    private let server: ControlServer
    private let seconds: Int
    private var timer: TimerID?

    init(agent: Agent, server: ControlServer, seconds: Int) {
        self.agent = agent
        self.server = server
        self.seconds = seconds
    }

    func start() {
        // Lives as long as the agent, which is as long as the process.
        agent.onPodCountChange = { self.consider() }
        consider()
    }

    private func consider() {
        let loop = agent.host.loop
        if let timer { loop.cancel(timer) }
        timer = nil
        guard agent.pods.isEmpty else { return }
        timer = loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: .seconds(seconds))) { [weak self] in
            guard let self else { return }
            self.timer = nil
            // A client that is still talking gets its answer first.
            if self.agent.pods.isEmpty && !self.server.isBusy { loop.stop() } else { self.consider() }
        }
    }
}
