import CShim
import Glibc
import PodLinux
import PodPlanning

/// Finds the agent, or starts one in the background:
///
///     command                                  agent
///       | lock agent.start.lock (waits)          |
///       | connect again: somebody was faster     |
///       | spawn guard, which runs the agent --> |   own session, cwd /, stdin and stdout null, stderr agent.log,
///       |                                        |   no other descriptor, default signals, small environment
///       | <------------ one zero byte, or text --|
///       | connect, unlock                        |
struct AgentLauncher {
    let paths: HostPaths

    /// How often one is started that a signal kills before it answers.
    private static let attempts = 3
    /// How long a new agent may take to answer, milliseconds: it first takes over what runs.
    private static let readinessTimeout: Int32 = 60_000
    /// Seconds without a pod after which an agent started this way leaves.
    private static let idleTimeout = 60

    /// nil when no agent listens.
    func connectToRunning() throws(SyscallError) -> UnixConnection? {
        do throws(SyscallError) {
            return try UnixConnection.connect(to: paths.agentSocket, kind: .stream)
        } catch {
            guard [ENOENT, ECONNREFUSED, ENOTDIR].contains(error.errno) else { throw error }
            return nil
        }
    }

    func start() throws -> UnixConnection {
        try makeRunDirectory()
        let lock = try LockFile.acquire(paths.runDirectory + "/agent.start.lock")
        var connection = try connectToRunning()
        if connection == nil {
            do {
                try spawn()
                connection = try connectToRunning()
            } catch {
                // Somebody else's (systemd, a guard) may be on its way up: it holds the lock before it listens.
                connection = try waitForOther()
                if connection == nil { throw error }
            }
        }
        lock.release()
        guard let connection else { throw ControlError.start("it ended at once; see \"\(logPath)\"") }
        return connection
    }

    /// An agent that was started otherwise: looked for as long as one holds the agent's lock, at most 10 s.
    private func waitForOther() throws -> UnixConnection? {
        let deadline = Clock.monotonic().advanced(bySeconds: 10)
        while Clock.monotonic() < deadline {
            if let connection = try connectToRunning() { return connection }
            if try LockFile.tryAcquire(paths.runDirectory + "/agent.lock") != nil { return nil }
            usleep(10_000)
        }
        return nil
    }

    private var logPath: String { paths.runDirectory + "/agent.log" }

    private func makeRunDirectory() throws(SyscallError) {
        var made = ""
        for part in paths.runDirectory.split(separator: "/") {
            made += "/" + part
            try check("make directory", made, unless: EEXIST) {
                mkdir(made, made == paths.runDirectory ? 0o700 : 0o755)
            }
        }
    }

    private func spawn() throws {
        for _ in 1...Self.attempts where try spawnOnce() { return }
        throw ControlError.start("it ended; see \"\(logPath)\"")
    }

    /// False when it ended without a word: a signal killed it while it took over what runs.
    private func spawnOnce() throws -> Bool {
        let log = try Descriptor.open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let readiness = try Descriptor.pipe()
        try launch(null: null.raw, log: log.raw, readiness: readiness.write.raw)
        readiness.write.close()
        return try waitUntilReady(readiness.read)
    }

    private func launch(null: Int32, log: Int32, readiness: Int32) throws {
        let arguments = [
            "podrun-guard", try executablePath(), "agent", "--ready-fd=3", "--idle-timeout=\(Self.idleTimeout)",
            "--run-dir=\(paths.runDirectory)", "--data-dir=\(paths.dataDirectory)", "--log-dir=\(paths.logDirectory)",
        ]
        let program = try EmbeddedPrograms.agentGuard()
        var spawn = podrun_spawn()
        spawn.executable = program.raw
        spawn.cgroup = -1
        spawn.fds = (null, null, log, readiness, null)
        var pidfd: Int32 = -1
        try check("run", "podrun agent") {
            CStrings.with(arguments) { argv in
                CStrings.with(Self.environment()) { envp in podrun_spawn(&spawn, argv, envp, &pidfd) }
            }
        }
        _ = Descriptor(pidfd)
        // Reaped by the kernel, if it ends before this command does.
        signal(SIGCHLD, SIG_IGN)
    }

    /// The path of this binary: a later agent is what stands there then.
    private func executablePath() throws(SyscallError) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try check("read link", "/proc/self/exe") {
            bytes.withUnsafeMutableBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { text in
                    text.baseAddress.map { readlink("/proc/self/exe", $0, text.count) } ?? -1
                }
            }
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// The agent does not depend on who happened to start it: a fixed PATH, and what is meant for podrun itself.
    private static func environment() -> [String] {
        var environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if text.hasPrefix("PODRUN_") { environment.append(text) }
            next += 1
        }
        return environment
    }

    private func waitUntilReady(_ pipe: DescriptorBox) throws -> Bool {
        var bytes: [UInt8] = []
        while true {
            var ready = pollfd(fd: pipe.raw, events: Int16(POLLIN), revents: 0)
            guard try check("wait for the agent", "", { poll(&ready, 1, Self.readinessTimeout) }) > 0 else {
                throw ControlError.start("no answer within \(Self.readinessTimeout / 1000) s; see \"\(logPath)\"")
            }
            var block = [UInt8](repeating: 0, count: 4096)
            let count = try check("read the agent's answer") { read(pipe.raw, &block, block.count) }
            bytes += block[..<count]
            if bytes.first == 0 { return true }
            guard count > 0 else { break }
        }
        if bytes.isEmpty { return false }
        throw ControlError.start(String(decoding: bytes, as: UTF8.self))
    }
}
