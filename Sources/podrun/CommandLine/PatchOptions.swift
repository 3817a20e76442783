import PodModel

/// `podrun patch`: which objects, and what becomes of them.
struct PatchOptions: Equatable {
    var group: ObjectGroup
    var namespace = "default"
    /// JSON or YAML; nil: it is in the file.
    var patch: String?
    /// `-` is stdin.
    var file: String?
    var kind = ObjectPatch.Kind.strategic
    var dryRun: DryRun?
    /// nil: say what was done.
    var format: OutputFormat?
}

/// `podrun edit`.
struct EditOptions: Equatable {
    /// Each is named.
    var groups: [ObjectGroup]
    var namespace = "default"
    var dryRun: DryRun?
}

/// `podrun diff`.
struct DiffOptions: Equatable {
    /// Files, directories, or `-` for stdin; at least one.
    var files: [String]
    /// nil: each manifest's own.
    var namespace: String?
}

extension CommandLineParser {
    static func patch(_ parsed: ParsedArguments) throws(UsageError) -> PatchOptions {
        func wrong(_ text: String) -> UsageError { UsageError(text, verb: "patch") }
        let group = try namedGroups(parsed)
        guard group.count == 1 else { throw wrong("objects of one kind can be patched at a time") }
        var options = PatchOptions(group: group[0], namespace: try namespace(parsed) ?? "default")
        options.patch = parsed.text("patch")
        options.file = parsed.text("patch-file")
        guard (options.patch == nil) != (options.file == nil) else {
            throw wrong(
                options.patch == nil
                    ? "must specify --patch or --patch-file containing the contents of the patch"
                    : "cannot specify --patch and --patch-file together")
        }
        if let word = parsed.text("type") {
            guard let kind = ObjectPatch.Kind(rawValue: word.lowercased()) else {
                throw wrong("--type must be one of [json merge strategic], not \(FieldError.quoted(word))")
            }
            options.kind = kind
        }
        options.dryRun = try dryRun(parsed)
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects)
        return options
    }

    static func edit(_ parsed: ParsedArguments) throws(UsageError) -> EditOptions {
        EditOptions(
            groups: try namedGroups(parsed), namespace: try namespace(parsed) ?? "default",
            dryRun: try dryRun(parsed))
    }

    static func diff(_ parsed: ParsedArguments) throws(UsageError) -> DiffOptions {
        DiffOptions(files: try files(parsed), namespace: try namespace(parsed))
    }

    private static func namedGroups(_ parsed: ParsedArguments) throws(UsageError) -> [ObjectGroup] {
        let groups = try resources(parsed)
        try refuseEvents(groups, "changed", parsed)
        guard groups.allSatisfy({ !$0.names.isEmpty }) else {
            throw UsageError("resource(s) were provided, but no name was specified", verb: parsed.verb)
        }
        return groups
    }
}
