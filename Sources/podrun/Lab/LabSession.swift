import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning
import PodRuntime

/// The user ended a lab: by a signal, or by `q` (0).
struct LabEnded: Error {
    var signal: Int32
}

/// What every lab works with: pods of its own, made through the agent as by `podrun apply`, and gone at the end whatever
/// the end is.
@MainActor
final class LabSession {
    static let namespace = "podrun-lab"
    static let image = "localhost/podrun-exhibit:latest"
    /// The program in that image (Sources/Exhibit).
    static let program = "/exhibit"
    private static let patience = 30.0
    /// Milliseconds between two looks at procfs.
    private static let pollPeriod: Int32 = 5

    let client: ControlClient
    let paths: HostPaths
    let page: LabText
    private let verbs: Verbs
    private let signals: SignalQueue
    private let waitsForEnter: Bool
    /// Namespace and name.
    private var pods: [(String, String)] = []
    private let stepCount: Int
    private var step = 0

    var ink: Ink { page.ink }

    init(verbs: Verbs, options: LabOptions, steps: Int) {
        self.verbs = verbs
        client = verbs.client
        paths = verbs.paths
        page = LabText(ink: .forOutput(wantsColour: options.isColoured))
        signals = SignalQueue([SIGINT, SIGTERM, SIGHUP])
        waitsForEnter = !options.isUnattended && isatty(0) == 1 && Console.isOutputTerminal
        stepCount = steps
    }

    /// Runs a lab and takes its pods away.
    func run(_ lab: (LabSession) throws -> Void) throws -> Int32 {
        do {
            try removeLeftovers()
            try lab(self)
            cleanUp()
            return 0
        } catch let end as LabEnded {
            cleanUp()
            return end.signal == 0 ? 0 : 128 + end.signal
        } catch {
            cleanUp()
            throw error
        }
    }

    // MARK: - The page

    /// Waits for Enter, where somebody is there to press it, and begins the next step.
    func begin(_ title: String) throws {
        if step > 0 { try awaitEnter() }
        step += 1
        try Console.print(page.heading(step, of: stepCount, title))
    }

    func say(_ text: String) throws { try Console.print(page.paragraph("", text)) }
    func does(_ text: String) throws { try Console.print(page.paragraph("done", text)) }
    func calls(_ lines: [String]) throws { try Console.print(page.lines("call", lines)) }
    func proves(_ lines: [String]) throws { try Console.print(page.lines("proof", lines)) }
    func shows(manifest: String) throws {
        let lines = manifest.split(separator: "\n").map { ink(.dim, String($0)) }
        try Console.print(page.lines("", lines) + "\n")
    }

    private func awaitEnter() throws {
        guard waitsForEnter else { return try checkSignals() }
        try Console.print("\n" + ink(.dim, "Enter: next step, q: end ") + " ")
        let ready = Poll.wait([0, signals.raw])
        if ready[1] { try checkSignals() }
        var line = [UInt8](repeating: 0, count: 64)
        let count = read(0, &line, line.count)
        if count <= 0 || line[0] == UInt8(ascii: "q") { throw LabEnded(signal: 0) }
    }

    private func checkSignals() throws {
        if let signal = signals.next() { throw LabEnded(signal: signal) }
    }

    /// Looks until there is something to see.
    ///
    /// - Throws: `CommandFailure` with what the agent says of the lab's pods when that takes too long.
    func wait<T>(for what: String, seconds: Double = patience, _ look: () throws -> T?) throws -> T {
        let deadline = Clock.monotonic().advanced(bySeconds: seconds)
        while true {
            if let found = try look() { return found }
            guard Clock.monotonic() < deadline else {
                throw CommandFailure((["waited \(Int(seconds)) s for \(what)"] + complaints).joined(separator: "\n  "))
            }
            if Poll.wait([signals.raw], milliseconds: Self.pollPeriod)[0] { try checkSignals() }
        }
    }

    /// What the agent says of the lab's pods.
    private var complaints: [String] {
        pods.compactMap { try? verbs.onlyPod(namespace: $0.0, name: $0.1) }.flatMap { pod in
            ["pod \"\(pod.metadata.name)\" is \(pod.status.phase)"]
                + pod.status.containerStatuses.compactMap(\.state.waiting).map { "\($0.reason): \($0.message)" }
        }
    }

    func pause(milliseconds: Int32) throws {
        if Poll.wait([signals.raw], milliseconds: milliseconds)[0] { try checkSignals() }
    }

    // MARK: - Pods

    /// The image of the labs is made of podrun's own program: there is nothing to download.
    func loadImage() throws {
        let reference = try ImageReference(Self.image)
        try verbs.images.load(
            program: EmbeddedPrograms.exhibit(), at: String(Self.program.dropFirst()), named: reference)
    }

    /// The name of a pod of this lab: other labs may run beside it.
    static func podName(_ lab: String) -> String { "\(lab)-\(getpid())" }

    /// A pod from the text of its manifest.
    func pod(_ manifest: String) throws -> Pod {
        guard case .pod(let manifest)? = try Manifest.read(Array(manifest.utf8), file: "lab").first else {
            throw CommandFailure("the lab's manifest has no pod")
        }
        return manifest.pod
    }

    /// Makes a pod, or changes it in place.
    ///
    /// - Returns: its uid.
    @discardableResult
    func apply(_ pod: Pod) throws -> String {
        let (namespace, name) = (pod.metadata.namespace, pod.metadata.name)
        if !pods.contains(where: { $0 == (namespace, name) }) { pods.append((namespace, name)) }
        try verbs.send(ControlRequest(verb: .apply, namespace: namespace, pod: pod, wait: false))
        return try verbs.onlyPod(namespace: namespace, name: name).metadata.uid
    }

    /// Makes a pod that must be new, and waits for the first start of its containers.
    ///
    /// - Parameter keeps: it stays when the lab ends.
    /// - Returns: its uid.
    func create(_ pod: Pod, keeps: Bool) throws -> String {
        let (namespace, name) = (pod.metadata.namespace, pod.metadata.name)
        try verbs.send(ControlRequest(verb: .create, namespace: namespace, pod: pod, wait: false))
        if !keeps { pods.append((namespace, name)) }
        return try wait(for: "the pod's containers") {
            let pod = try verbs.onlyPod(namespace: namespace, name: name)
            return pod.hasBegun ? pod.metadata.uid : nil
        }
    }

    func delete(_ name: String, namespace: String = namespace) throws {
        try verbs.send(
            ControlRequest(verb: .delete, namespace: namespace, names: [name], gracePeriodSeconds: 0))
        pods.removeAll { $0 == (namespace, name) }
    }

    func status(of name: String) throws -> PodStatus {
        try verbs.onlyPod(namespace: Self.namespace, name: name).status
    }

    func events(of name: String) throws -> [Event] {
        try verbs.fetch(namespace: Self.namespace, names: [name], events: true).events
    }

    /// The container's process, past its exec.
    func process(of container: String, in uid: String, otherThan old: Int32 = 0) throws -> KernelProcess {
        let name = container == CgroupPlan.pauseLeaf ? "pause" : String(Self.program.dropFirst())
        return try wait(for: "the process of \(container)") {
            let all = KernelProcess.all(ofPod: uid).filter { $0.leaf == container }
            // exec'd commands have a parent in the keeper too, but a later pid.
            return all.first { $0.name == name && $0.id != old }
        }
    }

    /// Runs the lab's program in a container, as `podrun exec` does.
    ///
    /// - Returns: what it printed, without the last newline.
    func exec(_ pod: String, _ container: String, _ arguments: [String]) throws -> (output: String, code: Int32) {
        let (reader, writer) = try Descriptor.pipe()
        let request = ControlRequest(
            verb: .exec, namespace: Self.namespace, names: [pod],
            exec: ExecRequest(container: container, command: [Self.program] + arguments))
        let null = try Descriptor.open("/dev/null", O_RDONLY)
        let session = try client.send(request, descriptors: [null.raw, writer.raw, writer.raw])
        writer.close()
        _ = consume null
        while true {
            let reply = try session.receive().reply
            switch reply.kind {
            case .exited: return (try Self.contents(of: reader), Int32(clamping: reply.exitCode))
            case .error: throw CommandFailure(reply)
            default: break
            }
        }
    }

    private static func contents(of pipe: DescriptorBox) throws -> String {
        _ = fcntl(pipe.raw, F_SETFL, O_NONBLOCK)
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(pipe.raw, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\n")
    }

    // MARK: - The end

    /// Deletes what the lab made. Nothing that goes wrong here hides why the lab ended.
    private func cleanUp() {
        for (namespace, name) in pods {
            do {
                try delete(name, namespace: namespace)
            } catch let failure as CommandFailure where failure.message.contains("NotFound") {
                continue
            } catch {
                Console.warn("error: delete pod \"\(name)\": \(error)")
                Console.warn("try: podrun delete pod -n \(namespace) \(name)")
            }
        }
        pods = []
    }

    /// Pods of labs that were killed.
    private func removeLeftovers() throws {
        for pod in try verbs.fetch(namespace: Self.namespace, names: []).pods {
            let owner = pod.metadata.name.split(separator: "-").last.flatMap { Int32($0) } ?? 0
            if owner > 0, kill(owner, 0) < 0, errno == ESRCH { try? delete(pod.metadata.name) }
        }
    }
}

extension Pod {
    /// Every container that can begin now runs or has run.
    fileprivate var hasBegun: Bool {
        status.phase == "Running" || status.phase == "Succeeded" || status.phase == "Failed"
    }
}
