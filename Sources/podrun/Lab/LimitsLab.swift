import Glibc
import PodLinux
import PodModel

/// `podrun lab limits`: a container is held to a part of a processor, another is killed for its memory.
@MainActor
struct LimitsLab {
    static let stepCount = 3
    private static let controllers = ["cpu", "memory"]
    private static let milliCPU = 200
    private static let memoryMiB = 32
    private static let eatenMiB = 64
    /// Milliseconds between two samples.
    private static let cpuPeriod: Int32 = 100
    private static let memoryPeriod: Int32 = 10
    private static let cpuSamples = 40
    private static let memorySamples = 3000

    let session: LabSession

    /// - Throws: `CommandFailure` that says which controllers this host lacks and how to get them.
    static func checkHost() throws {
        let lacking = HostCheck.rows().filter { row in
            row.verdict != .ok && (row.name == "Cgroups" || controllers.contains { row.name == "Controller \($0)" })
        }
        guard let first = lacking.first else { return }
        let names = lacking.map { $0.name.split(separator: " ").last.map(String.init) ?? $0.name }
        throw CommandFailure(
            "lab limits needs the cgroup v2 controllers \(controllers.joined(separator: " and ")), and this host lacks "
                + "\(names.joined(separator: ", "))\n  to get it: \(first.remedy)")
    }

    func run() throws {
        try session.loadImage()
        try throttle()
        try kill()
        try session.begin("The end")
        try session.does("Both pods are deleted, and their cgroups with them.")
    }

    private func manifest(_ name: String, _ containers: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(LabSession.namespace)}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: 0
          containers:
        \(containers)
        """
    }

    // MARK: - CPU

    private func throttle() throws {
        try session.begin("A cpu limit throttles")
        let name = LabSession.podName("cpu")
        let manifest = manifest(
            name,
            """
              - name: limited
                image: \(LabSession.image)
                imagePullPolicy: Never
                command: [\(LabSession.program), spin]
                resources: {limits: {cpu: \(Self.milliCPU)m}}
              - name: free
                image: \(LabSession.image)
                imagePullPolicy: Never
                command: [\(LabSession.program), spin]
            """)
        try session.shows(manifest: manifest)
        let uid = try session.apply(session.pod(manifest))
        let limited = CPUSampler(try cgroup(of: "limited", in: uid))
        let free = CPUSampler(try cgroup(of: "free", in: uid))
        let live = LiveLines.onTerminal()
        for _ in 0..<Self.cpuSamples {
            try session.pause(milliseconds: Self.cpuPeriod)
            limited.sample()
            free.sample()
            live?.show { _ in [row("limited", limited), row("free", free)] }
        }
        try live?.finish()
        try session.does(
            """
            Two containers spin for ever. The kernel gives one of them its quota in each period and takes it from the \
            processor for the rest; the other takes what it gets.
            """)
        try session.calls(["write(cpu.max, \"\(limited.cgroup.text("cpu.max"))\")   quota and period in µs"])
        try session.proves(
            [row("limited", limited), row("free", free), ""]
                + LabTable([
                    ["", .init("cpu.max", .bold), .init("nr_throttled", .bold), .init("throttled_usec", .bold)],
                    counters("limited", limited), counters("free", free),
                ]).lines(session.ink))
        try session.delete(name)
    }

    private func row(_ name: String, _ sampler: CPUSampler) -> String {
        let padded = name + String(repeating: " ", count: max(0, 9 - name.count))
        return padded + Sparkline.text(sampler.shares, maximum: 1, width: Self.cpuSamples)
            + "  \(sampler.percent) % of a cpu"
    }

    private func counters(_ name: String, _ sampler: CPUSampler) -> [LabTable.Cell] {
        [
            .init(name), .init(sampler.cgroup.text("cpu.max")),
            .init("\(sampler.cgroup.counter("nr_throttled", of: "cpu.stat"))"),
            .init("\(sampler.cgroup.counter("throttled_usec", of: "cpu.stat"))"),
        ]
    }

    private func cgroup(of container: String, in uid: String) throws -> CgroupFiles {
        let process = try session.process(of: container, in: uid)
        guard let cgroup = CgroupFiles(of: process.id) else {
            throw CommandFailure("the cgroup of container \"\(container)\" can't be found")
        }
        return cgroup
    }

    // MARK: - Memory

    private func kill() throws {
        try session.begin("A memory limit kills")
        let name = LabSession.podName("memory")
        let manifest = manifest(
            name,
            """
              - name: eater
                image: \(LabSession.image)
                imagePullPolicy: Never
                command: [\(LabSession.program), eat, "\(Self.eatenMiB)"]
                resources: {limits: {memory: \(Self.memoryMiB)Mi}}
            """)
        try session.shows(manifest: manifest)
        let uid = try session.apply(session.pod(manifest))
        let cgroup = try cgroup(of: "eater", in: uid)
        let limit = Double(cgroup.number("memory.max") ?? 0)
        var values: [Double] = []
        let live = LiveLines.onTerminal()
        while cgroup.isPopulated, values.count < Self.memorySamples {
            values.append(Double(cgroup.number("memory.current") ?? 0))
            live?.show { _ in [row(values, limit)] }
            try session.pause(milliseconds: Self.memoryPeriod)
        }
        try live?.finish()
        let kills = cgroup.counter("oom_kill", of: "memory.events")
        guard kills > 0 else { throw CommandFailure("the container was not killed for its memory") }
        let ended = try session.wait(for: "the container's end") {
            try session.status(of: name).containerStatuses.first?.state.terminated
        }
        try session.does(
            """
            The container takes 1 MiB after the other. At its limit the kernel finds nothing to take back (there is no \
            swap for it), and kills it. Nobody asked podrun.
            """)
        try session.calls(["write(memory.max, \"\(cgroup.text("memory.max"))\")   bytes"])
        try session.proves(
            [row(values, limit), ""]
                + LabTable([
                    ["memory.max", .init(cgroup.text("memory.max"))],
                    ["memory.events", .init("oom_kill \(kills)", .red)],
                    ["pod's status", .init("\(ended.reason), exit code \(ended.exitCode)", .red)],
                ]).lines(session.ink))
        try session.delete(name)
    }

    private func row(_ values: [Double], _ limit: Double) -> String {
        let highest = Int((values.max() ?? 0) / 1_048_576)
        return "memory   " + Sparkline.text(values, maximum: limit, width: 40) + "  up to \(highest) MiB"
    }
}

/// The shares of a processor that a cgroup took, sample by sample.
@MainActor
private final class CPUSampler {
    let cgroup: CgroupFiles
    private(set) var shares: [Double] = []
    private let first: (microseconds: Int64, at: MonotonicInstant)
    private var last: (microseconds: Int64, at: MonotonicInstant)

    init(_ cgroup: CgroupFiles) {
        self.cgroup = cgroup
        first = (cgroup.counter("usage_usec", of: "cpu.stat"), Clock.monotonic())
        last = first
    }

    func sample() {
        let now = (microseconds: cgroup.counter("usage_usec", of: "cpu.stat"), at: Clock.monotonic())
        shares.append(Self.share(last, now))
        last = now
    }

    /// Of the whole time.
    var percent: Int { Int((Self.share(first, last) * 100).rounded()) }

    private static func share(
        _ a: (microseconds: Int64, at: MonotonicInstant), _ b: (microseconds: Int64, at: MonotonicInstant)
    ) -> Double {
        let time = b.at.nanoseconds(since: a.at) / 1000
        return time > 0 ? Double(b.microseconds - a.microseconds) / Double(time) : 0
    }
}
