import PodModel

struct TopPodOptions: Equatable {
    /// Empty means all namespaces.
    var namespace = "default"
    /// nil means all pods.
    var name: String?
    var labels = LabelQuery()
    var fieldSelector = FieldSelector()
    var containers = false
    var sortBy: TopOrder?
    var sum = false
    /// With what the processes waited for.
    var wide = false
    var headers = true
}

struct TopNodeOptions: Equatable {
    /// nil: this host.
    var name: String?
    var headers = true
}

/// The largest first; without one it goes by name.
enum TopOrder: String, Equatable {
    case cpu, memory
}

extension CommandLineParser {
    static func topPod(_ parsed: ParsedArguments) throws(UsageError) -> TopPodOptions {
        var options = TopPodOptions()
        options.namespace = try listNamespace(parsed)
        options.name = try topName(parsed)
        options.labels = try labels(parsed, [ObjectGroup(.pod, options.name.map { [$0] } ?? [])])
        options.fieldSelector = try fieldSelector(parsed)
        options.containers = parsed.isOn("containers")
        options.sortBy = try order(parsed)
        options.sum = parsed.isOn("sum")
        options.headers = !parsed.isOn("no-headers")
        if let format = parsed.text("output") {
            guard format == "wide" else {
                throw UsageError(
                    "unable to match a printer for the output format \"\(format)\": wide", verb: parsed.verb)
            }
            options.wide = true
        }
        return options
    }

    static func topNode(_ parsed: ParsedArguments) throws(UsageError) -> TopNodeOptions {
        _ = try order(parsed)
        return TopNodeOptions(name: try topName(parsed), headers: !parsed.isOn("no-headers"))
    }

    private static func topName(_ parsed: ParsedArguments) throws(UsageError) -> String? {
        guard let operand = parsed.operands.first else { return nil }
        guard parsed.operands.count == 1 else {
            throw UsageError("\(parsed.verb) takes one name, but got \(parsed.operands.count)", verb: parsed.verb)
        }
        return try podName(operand, verb: parsed.verb)
    }

    private static func order(_ parsed: ParsedArguments) throws(UsageError) -> TopOrder? {
        guard let word = parsed.text("sort-by"), !word.isEmpty else { return nil }
        guard let order = TopOrder(rawValue: word) else {
            throw UsageError("--sort-by accepts only cpu or memory", verb: parsed.verb)
        }
        return order
    }
}
