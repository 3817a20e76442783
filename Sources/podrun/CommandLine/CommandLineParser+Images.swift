import PodPlanning

extension CommandLineParser {
    static func pull(_ parsed: ParsedArguments) throws(UsageError) -> PullOptions {
        var options = PullOptions(images: try images(parsed))
        options.platform = parsed.text("platform")
        options.credentials = parsed.text("creds")
        if let credentials = options.credentials, credentials.isEmpty || credentials.hasPrefix(":") {
            throw UsageError("invalid value for --creds: USER or USER:PASSWORD", verb: parsed.verb)
        }
        options.quiet = parsed.isOn("quiet")
        options.json = try format(parsed, ["json"]) == "json"
        return options
    }

    static func image(_ parsed: ParsedArguments) throws(UsageError) -> ImageCommand {
        switch parsed.verb {
        case "image inspect":
            let format = try format(parsed, ["json", "yaml"])
            return .inspect(images: try images(parsed), ImageCommand.Format(rawValue: format ?? "json") ?? .json)
        case "image load": return .load(path: try only(parsed, "PATH"), name: parsed.text("name"))
        case "image save": return .save(images: try images(parsed), output: parsed.text("output"))
        case "image verify": return .verify(images: parsed.operands)
        case "image rm": return .remove(images: try images(parsed))
        case "image prune":
            try refuseOperands(parsed)
            return .prune(all: parsed.isOn("all"), force: parsed.isOn("force"))
        default:
            try refuseOperands(parsed)
            return .list(headers: !parsed.isOn("no-headers"))
        }
    }

    static func agent(_ parsed: ParsedArguments) throws(UsageError) -> AgentFlags {
        var flags = AgentFlags()
        flags.idleTimeoutSeconds = try parsed.number("idle-timeout")
        flags.readinessDescriptor = try parsed.number("ready-fd").map { Int32(clamping: $0) }
        var policy = ImageCollection.Policy()
        policy.highThresholdPercent = try percent(parsed, "image-gc-high-threshold") ?? policy.highThresholdPercent
        policy.lowThresholdPercent = try percent(parsed, "image-gc-low-threshold") ?? policy.lowThresholdPercent
        guard policy.lowThresholdPercent < policy.highThresholdPercent else {
            throw UsageError(
                "--image-gc-low-threshold must be below --image-gc-high-threshold "
                    + "(\(policy.lowThresholdPercent) and \(policy.highThresholdPercent))", verb: parsed.verb)
        }
        policy.minimumAge = try duration(parsed, "minimum-image-ttl-duration") ?? policy.minimumAge
        policy.maximumAge = try duration(parsed, "image-maximum-gc-age") ?? policy.maximumAge
        flags.imagePolicy = policy
        flags.imagePeriod = try duration(parsed, "image-gc-period")
        return flags
    }

    private static func images(_ parsed: ParsedArguments) throws(UsageError) -> [String] {
        guard !parsed.operands.isEmpty else { throw missing("IMAGE", parsed) }
        return parsed.operands
    }

    private static func format(_ parsed: ParsedArguments, _ known: [String]) throws(UsageError) -> String? {
        guard let format = parsed.text("output"), !format.isEmpty else { return nil }
        guard known.contains(format) else {
            throw UsageError(
                "unable to match a printer suitable for the output format \"\(format)\", allowed formats are: "
                    + known.joined(separator: ","), verb: parsed.verb)
        }
        return format
    }

    private static func percent(_ parsed: ParsedArguments, _ name: String) throws(UsageError) -> Int? {
        guard let number = try parsed.number(name) else { return nil }
        guard number <= 100 else {
            throw UsageError("invalid value \"\(number)\" for --\(name): must be at most 100", verb: parsed.verb)
        }
        return number
    }

    private static func duration(_ parsed: ParsedArguments, _ name: String) throws(UsageError) -> Int64? {
        guard let text = parsed.text(name) else { return nil }
        guard let duration = GoDuration.nanoseconds(text), duration >= 0 else {
            throw UsageError(
                "invalid value \"\(text)\" for --\(name): a duration such as 30s, 2m or 168h", verb: parsed.verb)
        }
        return duration
    }
}
