import PodModel

/// The pods that a `set` verb changes.
struct PodSelection: Equatable {
    enum Target: Equatable {
        case names([String])
        case selected(LabelQuery)
        case all
    }

    var namespace = "default"
    var target: Target
}

extension CommandLineParser {
    static func podSelection(_ parsed: ParsedArguments) throws(UsageError) -> PodSelection {
        let groups = try resources(parsed)
        let names = groups.flatMap(\.names)
        guard groups.allSatisfy({ $0.kind == .pod }) else {
            throw UsageError("only pods have containers that can be changed", verb: parsed.verb)
        }
        let labels = try labels(parsed, groups)
        var selection = PodSelection(target: labels.isEmpty ? .names(names) : .selected(labels))
        selection.namespace = try namespace(parsed) ?? "default"
        if parsed.isOn("all") {
            guard names.isEmpty, labels.isEmpty else {
                throw UsageError("--all can't be given with a name or selector", verb: parsed.verb)
            }
            selection.target = .all
        } else if labels.isEmpty, names.isEmpty {
            throw UsageError("resource(s) were provided, but no name was specified", verb: parsed.verb)
        }
        return selection
    }
}
