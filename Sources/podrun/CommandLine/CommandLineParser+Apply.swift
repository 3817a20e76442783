import PodRuntime

extension CommandLineParser {
    static func apply(_ parsed: ParsedArguments, _ verb: ControlRequest.Verb) throws(UsageError) -> ApplyOptions {
        if verb == .create {
            if let word = parsed.operands.first {
                let known = Set(ArgumentTable.createVerbs.map { $0.path[1] })
                throw UsageError(
                    "unknown command \"\(word)\" for \"podrun create\"" + Suggestion.text(for: word, among: known),
                    verb: "create")
            }
            guard parsed.has("filename") else {
                throw UsageError("must specify one of -f FILE, configmap and secret", verb: "create")
            }
        }
        var options = ApplyOptions(verb: verb, files: try files(parsed), namespace: try namespace(parsed))
        options.wait = parsed.isOn("wait", default: true)
        options.withoutEnforcement = parsed.isOn("without-enforcement")
        options.dryRun = try dryRun(parsed)
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects)
        options.force = parsed.isOn("force")
        if let seconds = try parsed.number("grace-period", atLeast: -1), seconds >= 0 {
            guard options.force else {
                throw UsageError("--grace-period must have --force specified", verb: parsed.verb)
            }
            options.gracePeriodSeconds = seconds
        }
        if options.force, options.dryRun == .server {
            throw UsageError("--dry-run=server cannot be used with --force", verb: parsed.verb)
        }
        return options
    }

    /// What is only to be said; nil: it is to be done.
    static func dryRun(_ parsed: ParsedArguments) throws(UsageError) -> DryRun? {
        guard let value = parsed.text("dry-run"), value != "none" else { return nil }
        guard let known = DryRun(rawValue: value) else {
            throw UsageError(
                "Invalid dry-run value (\(value)). Must be \"none\", \"server\", or \"client\".", verb: parsed.verb)
        }
        return known
    }
}
