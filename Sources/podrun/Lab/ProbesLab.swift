import Glibc
import PodLinux
import PodModel

/// `podrun lab probes`: a readiness probe looks at a file; the pod is ready as long as the file is there.
@MainActor
struct ProbesLab {
    static let stepCount = 4
    private static let file = "/ready"
    /// Milliseconds between two samples.
    private static let period: Int32 = 100
    private static let longest = 100

    let session: LabSession
    private let name = LabSession.podName("probes")
    private var uid = ""

    init(session: LabSession) { self.session = session }

    mutating func run() throws {
        try session.loadImage()
        let process = try start()
        let appeared = try flip(
            process, "The file appears: ready", ["touch", Self.file], isReady: true,
            "One success is enough (successThreshold: 1): the next probe makes the pod ready.")
        let gone = try flip(
            process, "The file goes: not ready", ["remove", Self.file], isReady: false,
            "Two failures in a row are needed (failureThreshold: 2): one bad answer is no reason to send nobody there.")
        try end(process, appeared, gone)
    }

    private mutating func start() throws -> KernelProcess {
        try session.begin("A probe asks the container every second")
        let manifest = """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: \(LabSession.namespace)}
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: app
                image: \(LabSession.image)
                imagePullPolicy: Never
                command: [\(LabSession.program), wait]
                readinessProbe:
                  exec: {command: [\(LabSession.program), test, \(Self.file)]}
                  periodSeconds: 1
                  failureThreshold: 2
            """
        try session.shows(manifest: manifest)
        uid = try session.apply(session.pod(manifest))
        let process = try session.process(of: "app", in: uid)
        try session.does(
            "The container runs, but no probe has succeeded yet: a pod that is not ready gets no traffic of a Service.")
        try session.calls(["each second: clone3, setns, execve(\(LabSession.program) test \(Self.file)) -> exit code"])
        try session.proves(row(samples: try watch(process) { $0.count >= 15 }))
        return process
    }

    /// Makes or removes the file and looks until the pod's readiness follows.
    ///
    /// - Returns: milliseconds between the two.
    private func flip(
        _ process: KernelProcess, _ title: String, _ command: [String], isReady: Bool, _ why: String
    ) throws -> Int64 {
        try session.begin(title)
        var began: MonotonicInstant?
        var took: Int64?
        var after = 0
        let samples = try watch(process) { samples in
            if samples.count == 5 {
                _ = try session.exec(name, "app", command)
                began = Clock.monotonic()
            }
            if let began, took == nil, samples.last?.isReady == isReady {
                took = Clock.monotonic().nanoseconds(since: began) / 1_000_000
            }
            if took != nil { after += 1 }
            return after > 5
        }
        guard let took else { throw CommandFailure("the pod's readiness did not follow the file \(Self.file)") }
        try session.does(why)
        try session.calls(["in the container: \(command[0]) \(Self.file)"])
        try session.proves(row(samples: samples) + ["Ready is \(isReady) \(took) ms after the file"])
        return took
    }

    private func end(_ process: KernelProcess, _ appeared: Int64, _ gone: Int64) throws {
        try session.begin("Readiness restarts nothing")
        let now = try session.process(of: "app", in: uid)
        try session.does(
            """
            Only liveness and startup probes restart a container. This one is the process that it was, \
            and whoever looks why the pod is not ready finds the probe's failures in its events.
            """)
        let events = try session.events(of: name).filter { $0.reason == "Unhealthy" }
        try session.proves(
            LabTable([
                ["/proc/\(process.id)/stat", .init("started at tick \(process.startTicks)", .green), "at first"],
                ["/proc/\(now.id)/stat", .init("started at tick \(now.startTicks)", .green), "now"],
            ]).lines(session.ink))
        for event in events {
            let message = event.message.split(separator: "\n").first ?? ""
            try Console.print(session.page.paragraph("event", "\(event.reason): \(message)"))
        }
        try session.delete(name)
    }

    // MARK: - Samples

    private struct Sample {
        /// The file as the kernel has it in the container's root.
        var isThere: Bool
        /// The pod's condition.
        var isReady: Bool
    }

    private func watch(_ process: KernelProcess, until isDone: ([Sample]) throws -> Bool) throws -> [Sample] {
        var samples: [Sample] = []
        let live = LiveLines.onTerminal()
        repeat {
            let pod = try session.status(of: name)
            samples.append(
                Sample(
                    isThere: process.identity(ofFile: Self.file) != nil,
                    isReady: pod.conditions.contains { $0.type == "Ready" && $0.status == "True" }))
            live?.show { _ in row(samples: samples) }
            try session.pause(milliseconds: Self.period)
        } while try !isDone(samples) && samples.count < Self.longest
        try live?.finish()
        return samples
    }

    private func row(samples: [Sample]) -> [String] {
        [
            "file \(Self.file)  " + Sparkline.text(samples.map { $0.isThere ? 1 : 0 }, maximum: 1),
            "pod Ready    " + Sparkline.text(samples.map { $0.isReady ? 1 : 0 }, maximum: 1),
        ]
    }
}
