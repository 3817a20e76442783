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
        let image = ["attach", "command", "env", "labels", "port", "restart", "stdin", "tty"]
        if let flag = image.first(where: parsed.has) {
            throw UsageError("--\(flag) needs --image: what a manifest's pod has is written in it", verb: "run")
        }
        return RunOptions(
            files: try files(parsed), namespace: try namespace(parsed), removes: parsed.isOn("rm", default: true),
            withoutEnforcement: parsed.isOn("without-enforcement"))
    }
}
