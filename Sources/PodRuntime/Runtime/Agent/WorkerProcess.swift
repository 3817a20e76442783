import CShim
import Glibc
import PodLinux

/// A `podrun worker` child: slow work outside of the loop. Its standard output is lines of JSON, its standard error the
/// agent's.
@MainActor
final class WorkerProcess {
    /// How a worker ended: its exit code, or 128 + the signal that ended it.
    typealias ExitCode = Int

    /// A longer line is no report of ours.
    private static let lineLimit = 1 << 20

    private let loop: EventLoop
    private let pidfd: DescriptorBox
    private let output: DescriptorBox
    private let onLine: ([UInt8]) -> Void
    private let onEnd: (ExitCode) -> Void
    private var registrations: [EventLoop.Registration] = []
    private var partial: [UInt8] = []

    /// Starts `podrun worker ARGUMENTS`.
    ///
    /// - Parameters:
    ///   - input: what it reads from stdin; stays in memory.
    ///   - onLine: gets each line without its newline.
    ///   - onEnd: called once, when the process is reaped and its last line was given.
    init(
        _ arguments: [String], input: [UInt8] = [], loop: EventLoop, onLine: @escaping ([UInt8]) -> Void,
        onEnd: @escaping (ExitCode) -> Void
    ) throws {
        self.loop = loop
        self.onLine = onLine
        self.onEnd = onEnd
        let pipe = try Descriptor.pipe()
        output = pipe.read
        try check("fcntl") { podrun_set_nonblocking(pipe.read.raw, 1) }
        pidfd = DescriptorBox(try Self.spawn(["podrun", "worker"] + arguments, input: input, output: pipe.write.raw))
        pipe.write.close()
        do {
            registrations.append(try loop.watch(output.raw, .readable) { [weak self] _ in self?.read() })
            registrations.append(try loop.watch(pidfd.raw, .readable) { _ in self.ended() })
        } catch {
            kill()
            throw error
        }
    }

    func kill() {
        try? PidDescriptor.signal(pidfd.raw, SIGKILL)
    }

    /// This binary as it runs now, whatever stands at its path by now.
    private static func spawn(_ arguments: [String], input: [UInt8], output: Int32) throws -> Descriptor {
        let executable = try Descriptor.open("/proc/self/exe", O_RDONLY)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let memory = Descriptor(try check("make memfd") { podrun_sealed_memfd("podrun-input", input, input.count) })
        let fd = memory.raw
        try check("lseek") { lseek(fd, 0, SEEK_SET) }
        var spawn = podrun_spawn()
        spawn.executable = executable.raw
        spawn.cgroup = -1
        spawn.fds = (memory.raw, output, 2, null.raw, null.raw)
        var pidfd: Int32 = -1
        try check("run", arguments.prefix(3).joined(separator: " ")) {
            CStrings.with(arguments) { argv in
                CStrings.with(environment()) { envp in podrun_spawn(&spawn, argv, envp, &pidfd) }
            }
        }
        return Descriptor(pidfd)
    }

    /// The agent's own, and root's home: credentials are there (`~/.docker/config.json`).
    private static func environment() -> [String] {
        var entries: [String] = []
        var next = environ
        while let entry = next.pointee {
            entries.append(String(cString: entry))
            next += 1
        }
        if !entries.contains(where: { $0.hasPrefix("HOME=") }) { entries.append("HOME=/root") }
        return entries
    }

    private func read() {
        var block = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(output.raw, &block, block.count)
            guard count > 0 else {
                // At its end: level-triggered, it would be reported for ever.
                if count == 0, let registration = registrations.first { loop.unwatch(registration) }
                return
            }
            partial += block[..<count]
            while let end = partial.firstIndex(of: UInt8(ascii: "\n")) {
                onLine(Array(partial[..<end]))
                partial.removeFirst(end + 1)
            }
            if partial.count > Self.lineLimit { partial = [] }
        }
    }

    private func ended() {
        var code: Int32 = 0
        var status: Int32 = 0
        guard podrun_pidfd_reap(pidfd.raw, &code, &status) != 0 else { return }
        read()
        for registration in registrations { loop.unwatch(registration) }
        registrations = []
        output.close()
        pidfd.close()
        onEnd(code == CLD_EXITED ? Int(status) : 128 + Int(status))
    }
}
