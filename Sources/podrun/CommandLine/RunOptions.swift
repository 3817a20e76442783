/// `podrun run`: a pod in the foreground.
struct RunOptions: Equatable {
    /// Files, directories, or `-` for stdin; together they hold one pod.
    var files: [String]
    /// nil: each manifest's own.
    var namespace: String?
    /// Whether the pod is deleted when it has ended.
    var removes = true
    var withoutEnforcement = false
}

extension CommandLineParser {
    static func run(_ parsed: ParsedArguments) throws(UsageError) -> RunOptions {
        RunOptions(
            files: try files(parsed), namespace: try namespace(parsed), removes: parsed.isOn("rm", default: true),
            withoutEnforcement: parsed.isOn("without-enforcement"))
    }
}
