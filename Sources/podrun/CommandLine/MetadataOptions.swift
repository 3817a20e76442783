import PodModel

/// `podrun label` and `podrun annotate`: which objects, and what becomes of their labels or annotations.
struct MetadataOptions: Equatable {
    enum Field: Equatable {
        case labels, annotations
    }

    var field = Field.labels
    var groups: [ObjectGroup] = []
    /// Manifests that name the objects; only without groups.
    var files: [String] = []
    /// nil: `default`, or each manifest's own; empty: all namespaces (only without names).
    var namespace: String?
    var labels = LabelQuery()
    var fieldSelector = FieldSelector()
    var changes: [String: String] = [:]
    var removals: [String] = []
    var overwrites = false
    var lists = false
    /// Refuse objects of another version.
    var resourceVersion = ""
    var dryRun: DryRun?
    /// nil: say what was done.
    var format: OutputFormat?
}

extension CommandLineParser {
    static func metadata(
        _ parsed: ParsedArguments, _ field: MetadataOptions.Field
    ) throws(UsageError) -> MetadataOptions {
        func wrong(_ text: String) -> UsageError { UsageError(text, verb: parsed.verb) }
        let word = field == .labels ? "label" : "annotation"
        let (operands, pairs) = try divided(parsed, word)
        var options = MetadataOptions(field: field, files: parsed.texts("filename"))
        options.namespace = parsed.isOn("all-namespaces") ? "" : try namespace(parsed)
        if options.files.isEmpty {
            guard !operands.isEmpty else {
                throw wrong("one or more resources must be specified as <resource> <name> or <resource>/<name>")
            }
            var rest = parsed
            rest.operands = operands
            options.groups = try resources(rest)
            try refuseEvents(options.groups, "changed", parsed)
            options.labels = try labels(parsed, options.groups)
            options.fieldSelector = try fieldSelector(parsed)
            let isSelective = !options.labels.isEmpty || !options.fieldSelector.isEmpty
            guard !parsed.isOn("all") || options.labels.isEmpty else {
                throw wrong("cannot set --all and --selector at the same time")
            }
            guard options.groups.isNamed || isSelective || parsed.isOn("all") else {
                throw wrong("resource(s) were provided, but no name was specified")
            }
            guard !options.groups.isNamed || options.namespace?.isEmpty != true else {
                throw wrong("a resource cannot be retrieved by name across all namespaces")
            }
        } else if !operands.isEmpty {
            throw wrong(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well")
        }
        try field == .labels ? readLabels(pairs, &options) : readAnnotations(pairs, &options)
        options.lists = parsed.isOn("list")
        guard options.lists || !options.changes.isEmpty || !options.removals.isEmpty else {
            throw wrong("at least one \(word) update is required")
        }
        options.overwrites = parsed.isOn("overwrite")
        options.resourceVersion = parsed.text("resource-version") ?? ""
        if !options.resourceVersion.isEmpty, options.groups.flatMap(\.names).count != 1 {
            throw wrong("--resource-version may only be used with a single resource")
        }
        options.dryRun = try dryRun(parsed)
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects)
        return options
    }

    /// Objects first, then `key=value` and `key-`.
    private static func divided(
        _ parsed: ParsedArguments, _ word: String
    ) throws(UsageError) -> (objects: [String], pairs: [String]) {
        func isPair(_ text: String) -> Bool {
            (text.contains("=") && text.first != "=") || (text.hasSuffix("-") && text != "-")
        }
        let first = parsed.operands.firstIndex(where: isPair) ?? parsed.operands.endIndex
        let pairs = Array(parsed.operands[first...])
        if let stray = pairs.first(where: { !isPair($0) }) {
            throw UsageError("all resources must be specified before \(word) changes: \(stray)", verb: parsed.verb)
        }
        return (Array(parsed.operands[..<first]), pairs)
    }

    private static func readLabels(_ pairs: [String], _ options: inout MetadataOptions) throws(UsageError) {
        for pair in pairs {
            let parts = pair.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            if parts.count == 1 {
                options.removals.append(String(pair.dropLast()))
            } else if parts.count == 2 {
                options.changes[parts[0]] = parts[1]
            } else {
                throw UsageError("invalid label spec: \(pair)", verb: "label")
            }
        }
        if options.removals.contains(where: { options.changes[$0] != nil }) {
            throw UsageError("can not both modify and remove a label in the same command", verb: "label")
        }
    }

    /// Values may hold `=`.
    private static func readAnnotations(_ pairs: [String], _ options: inout MetadataOptions) throws(UsageError) {
        for pair in pairs {
            if let sign = pair.firstIndex(of: "="), sign > pair.startIndex {
                options.changes[String(pair[..<sign])] = String(pair[pair.index(after: sign)...])
            } else {
                options.removals.append(String(pair.dropLast()))
            }
        }
        if options.removals.contains(where: { options.changes[$0] != nil }) {
            throw UsageError("can not both modify and remove an annotation in the same command", verb: "annotate")
        }
    }
}
