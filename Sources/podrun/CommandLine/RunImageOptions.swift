import PodModel

/// `podrun run NAME --image IMAGE`: a pod of one container, as kubectl's run makes it.
struct RunImageOptions: Equatable {
    /// As if it was written in a manifest; without a namespace unless one was given.
    var pod: Pod
    var attaches = false
    /// Delete the pod when it is attached no more.
    var removes = false
    var quiet = false
    var dryRun: DryRun?
    /// nil: say what was done.
    var format: OutputFormat?
}

extension CommandLineParser {
    private static let restartPolicies = ["Always", "OnFailure", "Never"]

    static func runImage(_ parsed: ParsedArguments) throws(UsageError) -> RunImageOptions {
        func wrong(_ text: String) -> UsageError { UsageError(text, verb: "run") }
        guard !parsed.has("filename") else { throw wrong("--image and --filename cannot be given together") }
        guard let name = parsed.operands.first else { throw wrong("NAME is required for run") }
        var options = RunImageOptions(pod: Pod())
        options.pod.metadata.name = try objectName(name, of: .pod, verb: "run")
        options.pod.metadata.namespace = try namespace(parsed) ?? ""
        options.pod.metadata.labels =
            parsed.has("labels") ? try dictionary("labels", parsed, splitsCommas: true) : ["run": name]
        options.pod.metadata.annotations = try dictionary("annotations", parsed)
        options.pod.spec.restartPolicy = parsed.text("restart") ?? "Always"
        guard restartPolicies.contains(options.pod.spec.restartPolicy) else {
            throw wrong("invalid restart policy: \(options.pod.spec.restartPolicy)")
        }
        options.pod.spec.containers = [try container(name, parsed)]
        options.attaches = parsed.isOn("attach", default: parsed.isOn("stdin") || parsed.isOn("tty"))
        options.removes = parsed.isOn("rm")
        options.quiet = parsed.isOn("quiet")
        options.dryRun = try dryRun(parsed)
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects)
        guard options.attaches || !options.removes else {
            throw wrong("--rm should only be used for attached containers")
        }
        guard !options.attaches || options.dryRun == nil else {
            throw wrong(
                "--dry-run=\(options.dryRun?.rawValue ?? "") can't be used with attached containers options (--attach, --stdin, or --tty)"
            )
        }
        return options
    }

    private static func container(_ name: String, _ parsed: ParsedArguments) throws(UsageError) -> Container {
        let image = parsed.text("image") ?? ""
        guard !image.isEmpty else { throw UsageError("--image is required", verb: "run") }
        let words = Array(parsed.operands.dropFirst())
        let isCommand = parsed.isOn("command")
        guard !isCommand || !words.isEmpty else {
            throw UsageError("--command needs a command behind --", verb: "run")
        }
        var container = Container(name: name, image: image)
        container.command = isCommand ? words : []
        container.args = isCommand ? [] : words
        container.env = try pairs("env", parsed).map { EnvVar(name: $0.key, value: $0.value) }
        container.imagePullPolicy = parsed.text("image-pull-policy") ?? ""
        guard container.imagePullPolicy.isEmpty || DebugOptions.pullPolicies.contains(container.imagePullPolicy) else {
            throw UsageError("invalid image pull policy: \(container.imagePullPolicy)", verb: "run")
        }
        if let port = try parsed.number("port", atLeast: 1) {
            container.ports = [ContainerPort(containerPort: Int32(clamping: port))]
        }
        container.tty = parsed.isOn("tty")
        container.stdin = parsed.isOn("stdin")
        container.stdinOnce = container.stdin
        return container
    }

    private static func dictionary(
        _ flag: String, _ parsed: ParsedArguments, splitsCommas: Bool = false
    ) throws(UsageError) -> [String: String] {
        let found = try pairs(flag, parsed, splitsCommas: splitsCommas)
        return Dictionary(found.map { ($0.key, $0.value) }) { $1 }
    }
}
