import PodModel

extension CommandLineParser {
    static func debug(_ parsed: ParsedArguments) throws(UsageError) -> DebugOptions {
        func wrong(_ text: String) -> UsageError { UsageError(text, verb: "debug") }
        guard let operand = parsed.operands.first else { throw wrong("NAME or filename is required for debug") }
        guard parsed.operands.count == 1 else {
            throw wrong("debug [POD] [COMMAND] is not supported. Use debug [POD] -- [COMMAND] instead")
        }
        var options = DebugOptions(pod: try podName(operand, verb: "debug"), image: parsed.text("image") ?? "")
        options.namespace = try namespace(parsed) ?? "default"
        options.container = try containerName(parsed)
        options.target = parsed.text("target").flatMap { $0.isEmpty ? nil : $0 }
        options.stdin = parsed.isOn("stdin")
        options.tty = parsed.isOn("tty")
        options.quiet = parsed.isOn("quiet")
        options.attaches = parsed.isOn("attach", default: options.stdin)
        options.command = parsed.trailing ?? []
        options.isArgumentsOnly = parsed.isOn("arguments-only")
        options.copy = try debugCopy(parsed, options)
        guard !options.tty || options.stdin else {
            throw wrong("-i/--stdin is required for containers with -t/--tty=true")
        }
        options.environment = try pairs("env", parsed, splitsCommas: true).map { EnvVar(name: $0.key, value: $0.value) }
        options.pullPolicy = parsed.text("image-pull-policy") ?? ""
        guard options.pullPolicy.isEmpty || DebugOptions.pullPolicies.contains(options.pullPolicy) else {
            throw wrong("invalid image pull policy: \(options.pullPolicy)")
        }
        if let name = parsed.text("profile") {
            guard let profile = DebugProfile(rawValue: name) else { throw wrong("unknown profile: \(name)") }
            options.profile = profile
        }
        return options
    }

    private static func debugCopy(
        _ parsed: ParsedArguments, _ options: DebugOptions
    ) throws(UsageError) -> DebugCopy? {
        func wrong(_ text: String) -> UsageError { UsageError(text, verb: "debug") }
        guard let name = parsed.text("copy-to"), !name.isEmpty else {
            for flag in ["replace", "same-node", "set-image"] where parsed.has(flag) {
                throw wrong("--\(flag) may only be used with --copy-to.")
            }
            if options.image.isEmpty { throw wrong("you must specify --image when not using --copy-to.") }
            return nil
        }
        var copy = DebugCopy(name: name)
        copy.images = Dictionary(try pairs("set-image", parsed, splitsCommas: true).map { ($0.key, $0.value) }) { $1 }
        if options.image.isEmpty, copy.images.isEmpty, options.command.isEmpty {
            throw wrong("you must specify --image, --set-image or command arguments.")
        }
        if !options.command.isEmpty, options.container == nil, options.image.isEmpty {
            throw wrong("you must specify an existing container or a new image when specifying args.")
        }
        if options.target != nil {
            throw wrong("--target is incompatible with --copy-to. Use --share-processes instead.")
        }
        copy.replaces = parsed.isOn("replace")
        if parsed.has("share-processes") { copy.sharesProcesses = parsed.isOn("share-processes") }
        copy.keepsLabels = parsed.isOn("keep-labels")
        copy.keepsAnnotations = parsed.isOn("keep-annotations")
        copy.keepsLiveness = parsed.isOn("keep-liveness")
        copy.keepsReadiness = parsed.isOn("keep-readiness")
        copy.keepsStartup = parsed.isOn("keep-startup")
        copy.keepsInitContainers = parsed.isOn("keep-init-containers", default: true)
        return copy
    }

    /// `NAME=VALUE` of a flag that may be repeated, or given once with commas.
    static func pairs(
        _ flag: String, _ parsed: ParsedArguments, splitsCommas: Bool = false
    ) throws(UsageError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for text in parsed.texts(flag).flatMap({ splitsCommas ? $0.split(separator: ",").map(String.init) : [$0] }) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                throw UsageError("\(text) must be formatted as key=value", verb: parsed.verb)
            }
            pairs.append((parts[0], parts[1]))
        }
        return pairs
    }
}
