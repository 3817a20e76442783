import Glibc
import PodLinux
import PodModel
import PodPlanning
import PodRuntime

/// Carries a command out. Verbs with more to them are in files of their own.
@MainActor
struct Verbs {
    let paths: HostPaths
    let client: ControlClient

    init(directories: Directories) {
        let usual = HostPaths()
        paths = HostPaths(
            runDirectory: directories.run ?? usual.runDirectory, dataDirectory: directories.data ?? usual.dataDirectory,
            logDirectory: directories.log ?? usual.logDirectory)
        client = ControlClient(paths: paths)
    }

    /// - Returns: the exit code.
    func run(_ command: Command) throws -> Int32 {
        do {
            return try perform(command)
        } catch let failure as CommandFailure {
            throw withHints(failure)
        }
    }

    private func perform(_ command: Command) throws -> Int32 {
        switch command {
        case .apply(let options): return try apply(options)
        case .create(let options): return try create(options)
        case .get(let options): return try get(options)
        case .apiResources(let options):
            try Console.print(options.text)
            return 0
        case .label(let options): return try label(options)
        case .patch(let options): return try patch(options)
        case .edit(let options): return try edit(options)
        case .diff(let options): return try diff(options)
        case .namespaces(let options): return try namespaces(options)
        case .events(let options): return try events(options)
        case .wait(let options): return try wait(options)
        case .run(let options): return try run(options)
        case .runImage(let options): return try runImage(options)
        case .describe(let options): return try describe(options)
        case .logs(let options): return try logs(options)
        case .exec(let options): return try exec(options)
        case .attach(let options): return try attach(options)
        case .debug(let options): return try debug(options)
        case .copy(let options): return try copy(options)
        case .portForward(let options): return try portForward(options)
        case .delete(let options): return try delete(options)
        case .explain(let options): return try explain(options)
        case .setImage(let options): return try setImage(options)
        case .setResources(let options): return try setResources(options)
        case .topPod(let options): return try topPod(options)
        case .topNode(let options): return try topNode(options)
        case .conformance:
            try Console.print(ConformancePage.text)
            return 0
        case .plan(let files, let namespace): return try plan(files: files, namespace: namespace)
        case .pull(let options): return try pull(options)
        case .image(let command): return try image(command)
        case .lab(let options): return try lab(options)
        case .worker(let arguments): return try worker(arguments)
        case .systemCheck(let options): return try systemCheck(options)
        case .systemInfo: return try systemInfo()
        case .version(let format):
            try Console.print(try format.output)
            return 0
        case .agent(let flags): return AgentProcess.run(flags.options(paths: paths))
        case .agentStop: return try stopAgent()
        case .completion(let script):
            try Console.print(script.text)
            return 0
        case .complete(let request): return try complete(request)
        case .help(let words): return try help(words)
        case .manual(let directory):
            for page in ManualPage.all { try write(page, in: directory) }
            return 0
        }
    }

    private func help(_ words: [String]) throws -> Int32 {
        guard let text = HelpText.text(for: words) else {
            let known = Set(ArgumentTable.verbs.map { $0.path[0] })
            throw UsageError(
                "unknown command \"\(words[0])\" for \"podrun\"" + Suggestion.text(for: words[0], among: known))
        }
        try Console.print(text)
        return 0
    }

    private func write(_ page: ManualPage, in directory: String) throws {
        let path = "\(directory)/\(page.name)"
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try FileBytes.write(Array(page.text.utf8), to: file, path: path)
    }

    /// Pods go on; the next command starts an agent again.
    private func stopAgent() throws -> Int32 {
        do {
            let session = try client.send(ControlRequest(verb: .shutdown), startsAgent: false)
            while (try? session.receive()) != nil {}
        } catch ControlError.noAgent {
            Console.warn("No agent is running.")
        }
        return 0
    }

    // MARK: - For all verbs

    /// Has a request carried out whose results are not the command's own to tell: only warnings are shown.
    ///
    /// - Returns: the uid of the pod that was made or changed, if one was.
    /// - Throws: what the agent answers if it can't.
    @discardableResult
    func send(_ request: ControlRequest) throws -> String? {
        let session = try client.send(request)
        var uid: String?
        while true {
            let reply = try session.receive().reply
            switch reply.kind {
            case .done: return uid
            case .result: uid = reply.uid ?? uid
            case .warning: Console.warn("Warning: \(reply.message)")
            case .error: throw CommandFailure(reply)
            default: break
            }
        }
    }

    /// The whole answer to a get.
    struct Listing {
        /// Of the kind that was asked for.
        var objects: [ListedObject] = []
        var rows: [PodRow] = []
        var objectRows: [ObjectRow] = []
        /// Of the pods that were asked for.
        var events: [Event] = []
        /// What was not found.
        var failure: CommandFailure?

        var isEmpty: Bool { objects.isEmpty && rows.isEmpty && objectRows.isEmpty }
        var pods: [Pod] { objects.compactMap { if case .pod(let pod) = $0 { pod } else { nil } } }
        var stored: [StoredObject] { objects.compactMap { if case .stored(let object) = $0 { object } else { nil } } }
    }

    func fetch(
        _ kind: ObjectKind = .pod, namespace: String, names: [String], selector: FieldSelector = FieldSelector(),
        labels: LabelQuery = LabelQuery(),
        events: Bool = false, asTable: Bool = false, startsAgent: Bool = true
    ) throws -> Listing {
        var listing = Listing()
        let session = try client.send(
            ControlRequest(
                verb: .get, kind: kind, namespace: namespace, names: names, fieldSelector: selector, labels: labels,
                includeEvents: events, asTable: asTable),
            startsAgent: startsAgent)
        while true {
            let reply = try session.receive().reply
            listing.objects += reply.listed(of: kind)
            listing.rows += reply.rows
            listing.objectRows += reply.objectRows
            listing.events += reply.events
            switch reply.kind {
            case .done: return listing
            case .error:
                listing.failure = CommandFailure(reply)
                return listing
            case .warning: Console.warn("Warning: \(reply.message)")
            default: break
            }
        }
    }

    func onlyPod(namespace: String, name: String) throws -> Pod {
        let answer = try fetch(namespace: namespace, names: [name])
        if let failure = answer.failure { throw failure }
        guard let pod = answer.pods.first else {
            throw CommandFailure("Error from server (NotFound): pods \"\(name)\" not found")
        }
        return pod
    }

    func reportNothing(in namespace: String) {
        Console.warn(namespace.isEmpty ? "No resources found" : "No resources found in \(namespace) namespace.")
    }
}

extension AgentFlags {
    fileprivate func options(paths: HostPaths) -> AgentOptions {
        var options = AgentOptions()
        options.paths = paths
        options.idleTimeoutSeconds = idleTimeoutSeconds
        options.readinessDescriptor = readinessDescriptor
        options.imagePolicy = imagePolicy
        if let imagePeriod { options.imagePeriod = imagePeriod }
        return options
    }
}

extension CommandFailure {
    init(_ reply: ControlReply) {
        let code: Int32 = reply.isUsage ? 2 : reply.exitCode == 0 ? 1 : Int32(clamping: reply.exitCode)
        self.init(reply.message, exitCode: code)
    }
}

extension Timestamp {
    /// The wall clock.
    static var current: Timestamp { Timestamp(nanosecondsSinceEpoch: Clock.realtimeNanoseconds()) }
}
