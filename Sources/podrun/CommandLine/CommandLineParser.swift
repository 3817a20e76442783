import PodModel

/// Turns a command line into an `Invocation`: the table's parser takes it apart, this gives it meaning. Pure.
enum CommandLineParser {
    /// - Parameter arguments: without the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        if arguments.first == CompletionRequest.verb { return CompletionRequest.invocation(arguments.dropFirst()) }
        let parsed = try ArgumentParser.parse(arguments)
        let directories = Directories(parsed)
        if parsed.isOn("help") {
            let words = parsed.verb.isEmpty ? parsed.operands : parsed.verb.split(separator: " ").map(String.init)
            return Invocation(command: .help(words), directories: directories)
        }
        return Invocation(command: try command(parsed), directories: directories)
    }

    private static func command(_ parsed: ParsedArguments) throws(UsageError) -> Command {
        if !["exec", "debug", "help"].contains(parsed.verb), let trailing = parsed.trailing {
            // Behind `--` everything is an operand, even what looks like a flag.
            var plain = parsed
            plain.trailing = nil
            plain.operands += trailing
            return try command(plain)
        }
        switch parsed.verb {
        case "apply": return .apply(try apply(parsed, .apply))
        case "replace": return .apply(try apply(parsed, .replace))
        case "create": return .apply(try apply(parsed, .create))
        case let verb where verb.hasPrefix("create "): return .create(try create(parsed))
        case "get": return .get(try get(parsed))
        case "api-resources": return .apiResources(try apiResources(parsed))
        case "label": return .label(try metadata(parsed, .labels))
        case "patch": return .patch(try patch(parsed))
        case "edit": return .edit(try edit(parsed))
        case "diff": return .diff(try diff(parsed))
        case "annotate": return .label(try metadata(parsed, .annotations))
        case "ns": return .namespaces(try namespaces(parsed))
        case "events": return .events(try events(parsed))
        case "wait": return .wait(try wait(parsed))
        case "run" where parsed.has("image"): return .runImage(try runImage(parsed))
        case "run": return .run(try run(parsed))
        case "describe": return .describe(try describe(parsed))
        case "logs": return .logs(try logs(parsed))
        case "exec": return .exec(try exec(parsed))
        case "debug": return .debug(try debug(parsed))
        case "attach": return .attach(try attach(parsed))
        case "cp": return .copy(try copy(parsed))
        case "port-forward": return .portForward(try portForward(parsed))
        case "delete": return .delete(try delete(parsed))
        case "explain" where parsed.isOn("conformance"): return .conformance
        case "explain": return .explain(try explain(parsed))
        case "set image": return .setImage(try setImage(parsed))
        case "set resources": return .setResources(try setResources(parsed))
        case "top pod": return .topPod(try topPod(parsed))
        case "top node": return .topNode(try topNode(parsed))
        case "plan": return .plan(files: try files(parsed), namespace: try namespace(parsed))
        case "pull", "image pull": return .pull(try pull(parsed))
        case "worker": return .worker(parsed.operands)
        case let verb where verb.hasPrefix("image "): return .image(try image(parsed))
        case let verb where verb.hasPrefix("lab "): return .lab(try lab(parsed))
        case "system check": return .systemCheck(try systemCheck(parsed))
        case "system info":
            try refuseOperands(parsed)
            return .systemInfo
        case "version":
            return .version(try version(parsed))
        case "completion": return .completion(try completion(parsed))
        case "agent":
            try refuseOperands(parsed)
            if parsed.isOn("stop") { return .agentStop }
            return .agent(try agent(parsed))
        case "help" where parsed.has("man"): return .manual(parsed.text("man") ?? "")
        default: return .help(parsed.operands + (parsed.trailing ?? []))
        }
    }

    // MARK: - Verbs

    private static func get(_ parsed: ParsedArguments) throws(UsageError) -> GetOptions {
        var options = GetOptions()
        options.namespace = try listNamespace(parsed)
        options.groups = try resources(parsed)
        options.showsKinds =
            parsed.isOn("show-kind") || parsed.operands.first == "all"
            || Set(options.groups.map(\.kind)).count > 1
        options.showsLabels = parsed.isOn("show-labels")
        options.labelColumns = parsed.texts("label-columns").flatMap { $0.split(separator: ",").map(String.init) }
        options.ignoreNotFound = parsed.isOn("ignore-not-found")
        options.onlyChanges = parsed.isOn("watch-only")
        options.watch = parsed.isOn("watch") || options.onlyChanges
        options.outputsChangeTypes = parsed.isOn("output-watch-events")
        if options.outputsChangeTypes, !options.watch {
            throw UsageError("--output-watch-events option can only be used with --watch or --watch-only", verb: "get")
        }
        if options.watch, options.groups.count > 1 {
            throw UsageError("you may only specify a single resource type", verb: "get")
        }
        options.headers = !parsed.isOn("no-headers")
        options.format = try OutputFormat.read(parsed) ?? .table
        if let path = parsed.text("sort-by"), !path.isEmpty {
            options.sortBy = try OutputFormat.path(parsed) { () throws(JSONPath.Problem) in try JSONPath(relaxed: path)
            }
        }
        options.fieldSelector = try fieldSelector(parsed)
        options.labels = try labels(parsed, options.groups)
        if !options.fieldSelector.isEmpty, options.groups.isNamed {
            throw UsageError("name cannot be provided when a selector is specified", verb: "get")
        }
        if options.namespace.isEmpty, options.groups.isNamed {
            throw UsageError("a resource cannot be retrieved by name across all namespaces", verb: "get")
        }
        return options
    }

    private static func describe(_ parsed: ParsedArguments) throws(UsageError) -> DescribeOptions {
        let groups = try resources(parsed)
        try refuseEvents(groups, "described: get them with -o yaml", parsed)
        return DescribeOptions(
            groups: groups, namespace: try listNamespace(parsed), labels: try labels(parsed, groups),
            events: parsed.isOn("show-events", default: true), showsNamespaces: parsed.isOn("namespaces"))
    }

    private static func logs(_ parsed: ParsedArguments) throws(UsageError) -> LogsOptions {
        let labels = try labels(parsed, [])
        guard let operand = parsed.operands.first ?? (labels.isEmpty ? nil : "") else { throw missing("POD", parsed) }
        guard labels.isEmpty || parsed.operands.isEmpty else {
            throw UsageError("only a selector (-l) or a POD name is allowed", verb: "logs")
        }
        var options = LogsOptions(pod: labels.isEmpty ? try podName(operand, verb: "logs") : "", labels: labels)
        options.maxLogRequests = try parsed.number("max-log-requests", atLeast: 1) ?? options.maxLogRequests
        options.namespace = try namespace(parsed) ?? "default"
        options.container = try containerName(parsed)
        if parsed.operands.count > 1 {
            guard parsed.operands.count == 2, options.container == nil else {
                throw UsageError("only one POD and one CONTAINER can be given", verb: "logs")
            }
            options.container = try checkedContainerName(parsed.operands[1], verb: "logs")
        }
        options.allContainers = parsed.isOn("all-containers")
        if options.allContainers, options.container != nil {
            throw UsageError("--all-containers=true should not be specified with container name", verb: "logs")
        }
        options.follow = parsed.isOn("follow")
        options.previous = parsed.isOn("previous")
        if options.follow, options.previous {
            throw UsageError("only one of --follow or --previous may be given", verb: "logs")
        }
        if let tail = try parsed.number("tail", atLeast: -1), tail >= 0 { options.tail = tail }
        options.limitBytes = try parsed.number("limit-bytes", atLeast: 1)
        options.timestamps = parsed.isOn("timestamps")
        options.prefix = parsed.isOn("prefix")
        if let since = parsed.text("since") {
            guard !parsed.has("since-time") else {
                throw UsageError("at most one of --since-time or --since may be given", verb: "logs")
            }
            guard let duration = GoDuration.nanoseconds(since), duration > 0 else {
                throw UsageError(
                    "invalid value \"\(since)\" for --since: a duration such as 5s, 2m or 3h", verb: "logs")
            }
            options.since = .nanoseconds(duration)
        } else if let time = parsed.text("since-time") {
            options.since = .time(time)
        }
        return options
    }

    private static func exec(_ parsed: ParsedArguments) throws(UsageError) -> ExecOptions {
        guard let operand = parsed.operands.first else { throw missing("POD", parsed) }
        guard parsed.operands.count == 1 else {
            throw UsageError(
                "exec [POD] [COMMAND] is not supported. Use exec [POD] -- [COMMAND] instead", verb: "exec")
        }
        let command = parsed.trailing ?? []
        guard !command.isEmpty else {
            throw UsageError("you must specify at least one command for the container", verb: "exec")
        }
        guard let word = command.first, !word.isEmpty else {
            throw UsageError("the command for the container is empty", verb: "exec")
        }
        return ExecOptions(
            namespace: try namespace(parsed) ?? "default", pod: try podName(operand, verb: "exec"),
            container: try containerName(parsed), stdin: parsed.isOn("stdin"), tty: parsed.isOn("tty"),
            quiet: parsed.isOn("quiet"), command: command)
    }

    private static func attach(_ parsed: ParsedArguments) throws(UsageError) -> AttachOptions {
        guard let operand = parsed.operands.first else { throw missing("POD", parsed) }
        guard parsed.operands.count == 1 else {
            throw UsageError(
                "expected POD, TYPE/NAME, or TYPE NAME, got \(parsed.operands.count) arguments: "
                    + "\(parsed.operands.joined(separator: " "))", verb: "attach")
        }
        return AttachOptions(
            namespace: try namespace(parsed) ?? "default", pod: try podName(operand, verb: "attach"),
            container: try containerName(parsed), stdin: parsed.isOn("stdin"), tty: parsed.isOn("tty"),
            quiet: parsed.isOn("quiet"))
    }

    private static func delete(_ parsed: ParsedArguments) throws(UsageError) -> DeleteOptions {
        let files = parsed.texts("filename")
        let isAll = parsed.isOn("all")
        let target: DeleteOptions.Target
        var groups = [ObjectGroup()]
        if !files.isEmpty {
            guard parsed.operands.isEmpty, !isAll else {
                throw UsageError(
                    "when files are provided, objects can't be given by name or with --all", verb: "delete")
            }
            target = .files(files)
        } else {
            groups = try resources(parsed)
            try refuseEvents(groups, "deleted: they go by themselves after an hour", parsed)
            guard !groups.isNamed || !isAll else {
                throw UsageError("name cannot be provided when --all is given", verb: "delete")
            }
            let labels = try labels(parsed, groups)
            guard labels.isEmpty || !isAll else {
                throw UsageError("cannot set --all and --selector at the same time", verb: "delete")
            }
            let fields = try fieldSelector(parsed)
            guard fields.isEmpty || !isAll else {
                throw UsageError("cannot set --all and --field-selector at the same time", verb: "delete")
            }
            guard fields.isEmpty || !groups.isNamed else {
                throw UsageError("name cannot be provided when a selector is specified", verb: "delete")
            }
            let isSelective = !labels.isEmpty || !fields.isEmpty
            guard isAll || isSelective || groups.isNamed else {
                throw UsageError("resource(s) were provided, but no name was specified", verb: "delete")
            }
            target = isAll ? .all : isSelective ? .selected(labels, fields) : .named
        }
        var options = DeleteOptions(groups: groups, target: target)
        options.namespace = parsed.isOn("all-namespaces") ? "" : try namespace(parsed)
        guard options.namespace?.isEmpty != true || !target.isNamed else {
            throw UsageError("--all-namespaces needs --all or a selector", verb: "delete")
        }
        options.gracePeriodSeconds = try parsed.number("grace-period", atLeast: -1).flatMap { $0 < 0 ? nil : $0 }
        if parsed.isOn("now") {
            guard options.gracePeriodSeconds == nil else {
                throw UsageError("--now and --grace-period cannot be specified together", verb: "delete")
            }
            options.gracePeriodSeconds = 1
        }
        if parsed.isOn("force") {
            if let seconds = options.gracePeriodSeconds, seconds > 0, !parsed.isOn("now") {
                throw UsageError(
                    "--force and --grace-period greater than 0 cannot be specified together", verb: "delete")
            }
            options.gracePeriodSeconds = 0
        }
        options.wait = parsed.isOn("wait", default: true)
        options.ignoreNotFound = parsed.isOn("ignore-not-found")
        options.dryRun = try dryRun(parsed)
        options.printsNames = try OutputFormat.read(parsed, allowed: ["name"]) != nil
        return options
    }

    // MARK: - Parts

    static func missing(_ what: String, _ parsed: ParsedArguments) -> UsageError {
        UsageError("\(parsed.verb) needs \(what.first == "I" ? "an" : "a") \(what)", verb: parsed.verb)
    }

    static func refuseOperands(_ parsed: ParsedArguments) throws(UsageError) {
        guard let first = parsed.operands.first else { return }
        throw UsageError("\(parsed.verb) takes no argument, but got \"\(first)\"", verb: parsed.verb)
    }

    static func only(_ parsed: ParsedArguments, _ what: String) throws(UsageError) -> String {
        guard let first = parsed.operands.first, !first.isEmpty else { throw missing(what, parsed) }
        guard parsed.operands.count == 1 else {
            throw UsageError("\(parsed.verb) takes one \(what), but got \(parsed.operands.count)", verb: parsed.verb)
        }
        return first
    }

    /// `-f` values and operands alike.
    static func files(_ parsed: ParsedArguments) throws(UsageError) -> [String] {
        let files = parsed.texts("filename") + parsed.operands
        guard !files.isEmpty else { throw missing("FILE (or a directory, or - for stdin)", parsed) }
        guard files.filter({ $0 == "-" }).count <= 1 else {
            throw UsageError("stdin (-) can be read only once", verb: parsed.verb)
        }
        return files
    }

    static func namespace(_ parsed: ParsedArguments) throws(UsageError) -> String? {
        guard let name = parsed.text("namespace") else { return nil }
        guard ObjectName.isLabel(name) else {
            throw UsageError("invalid namespace \(ObjectName.quoted(name)): \(ObjectName.labelRule)", verb: parsed.verb)
        }
        return name
    }

    /// The namespace to list, empty for all.
    static func listNamespace(_ parsed: ParsedArguments) throws(UsageError) -> String {
        let named = try namespace(parsed)
        return parsed.isOn("all-namespaces") ? "" : named ?? "default"
    }

    static func containerName(_ parsed: ParsedArguments) throws(UsageError) -> String? {
        guard let name = parsed.text("container") else { return nil }
        return try checkedContainerName(name, verb: parsed.verb)
    }

    private static func checkedContainerName(_ name: String, verb: String) throws(UsageError) -> String {
        guard ObjectName.isLabel(name) else {
            throw UsageError("invalid container name \(ObjectName.quoted(name)): \(ObjectName.labelRule)", verb: verb)
        }
        return name
    }
}
