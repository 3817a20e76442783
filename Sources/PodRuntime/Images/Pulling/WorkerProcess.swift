import CShim
import Glibc
import PodLinux
import PodModel

/// A worker that this process started, and the lines it writes.
final class WorkerProcess {
    /// Readable when there are lines, or when the worker has closed its stdout.
    let output: DescriptorBox
    /// Told why it failed.
    private(set) var error: ImageError?
    /// The last line of a worker that succeeded.
    private(set) var result: WorkerReport?
    private let name: String
    private let pidfd: DescriptorBox
    private var pending: [UInt8] = []
    private var hasEnded = false

    /// - Parameters:
    ///   - executable: podrun itself.
    ///   - data: becomes the worker's descriptor 3.
    init(_ name: String, executable: String, request: some Encodable, data: borrowing Descriptor) throws {
        self.name = name
        let bytes = try JSON.encode(request)
        let program = try Descriptor.open(executable, PODRUN_O_PATH)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let input = try Descriptor.pipe()
        let output = try Descriptor.pipe()
        // A pipe holds 64 KiB: more would wait for a reader that isn't there yet.
        if bytes.count > 60_000 { throw ImageError(.invalid, "the request to worker \"\(name)\" is too long") }
        if let end = input.write.take() { try FileBytes.write(bytes, to: end, path: "worker's stdin") }
        var spawn = podrun_spawn()
        spawn.executable = program.raw
        spawn.cgroup = -1
        spawn.fds = (input.read.raw, output.write.raw, STDERR_FILENO, data.raw, null.raw)
        var pidfd: Int32 = -1
        let environment = Environment.variables
        try check("start worker", name) {
            CStrings.with(["podrun", "worker", name]) { argv in
                CStrings.with(environment) { podrun_spawn(&spawn, argv, $0, &pidfd) }
            }
        }
        self.pidfd = DescriptorBox(Descriptor(pidfd))
        self.output = output.read
    }

    deinit {
        kill()
    }

    /// Reads what is there, and at the end how the worker ended.
    /// - Returns: the lines; nil after the end.
    func read() throws -> [WorkerReport]? {
        if hasEnded { return nil }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = try check("read from worker", name) { Glibc.read(output.raw, &chunk, chunk.count) }
        if count == 0 {
            try reap()
            return nil
        }
        pending += chunk.prefix(count)
        var reports: [WorkerReport] = []
        while let end = pending.firstIndex(of: 10) {
            let report = try JSON.decode(WorkerReport.self, from: Array(pending[..<end]))
            pending.removeFirst(end + 1)
            switch report.event {
            case .error: error = ImageError(report.kind, report.message)
            case .done: result = report
            default: reports.append(report)
            }
        }
        if pending.count > 1 << 20 { throw ImageError(.host, "worker \"\(name)\" writes a line without end") }
        return reports
    }

    private func reap() throws {
        var ready = pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)
        _ = try check("wait for worker", name) { poll(&ready, 1, -1) }
        var code: Int32 = 0
        var status: Int32 = 0
        _ = try check("wait for worker", name) { podrun_pidfd_reap(pidfd.raw, &code, &status) }
        hasEnded = true
        if error == nil, code != CLD_EXITED || status != 0 {
            let how = code == CLD_EXITED ? "with exit code \(status)" : "by signal \(status)"
            error = ImageError(.host, "worker \"\(name)\" ended \(how)")
        }
    }

    /// Ends it now, if it hasn't ended.
    func kill() {
        if hasEnded { return }
        _ = podrun_pidfd_signal(pidfd.raw, SIGKILL)
        try? reap()
    }
}

/// What workers get of this process's environment: how to reach registries.
enum Environment {
    private static let names = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "CURL_CA_BUNDLE", "HOME", "PATH", "PODRUN_TRANSFER_IDLE_SECONDS", "PODRUN_TRANSFER_BACKOFF_MS",
    ]

    static var variables: [String] {
        names.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
    }
}
