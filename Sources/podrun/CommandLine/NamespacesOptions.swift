import PodModel

/// `podrun ns`: which pods' namespaces, and how.
struct NamespacesOptions: Equatable {
    enum Format: String {
        case table, json, dot
    }

    /// Empty means all namespaces.
    var namespace = "default"
    /// Pods; empty means all.
    var names: [String] = []
    var format = Format.table
    /// A file for an SVG picture, `-` for stdout.
    var picture: String?
}

extension CommandLineParser {
    static func namespaces(_ parsed: ParsedArguments) throws(UsageError) -> NamespacesOptions {
        var options = NamespacesOptions(namespace: try listNamespace(parsed))
        for operand in parsed.operands { options.names.append(try podName(operand, verb: parsed.verb)) }
        guard options.names.isEmpty || !options.namespace.isEmpty else {
            throw UsageError("a resource cannot be retrieved by name across all namespaces", verb: parsed.verb)
        }
        if let text = parsed.text("output"), !text.isEmpty {
            guard let format = NamespacesOptions.Format(rawValue: text), format != .table else {
                throw UsageError(
                    "unable to match a printer suitable for the output format \"\(text)\", allowed formats are: dot,json",
                    verb: parsed.verb)
            }
            options.format = format
        }
        options.picture = parsed.text("svg")
        guard options.picture == nil || options.format == .table else {
            throw UsageError("--svg and --output may not be specified together", verb: parsed.verb)
        }
        return options
    }
}
