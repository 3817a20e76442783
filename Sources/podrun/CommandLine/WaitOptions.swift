import PodModel

/// `podrun wait`: for what, of which objects, for how long.
struct WaitOptions: Equatable {
    enum Condition: Equatable {
        case create
        case delete
        /// A condition of the status that has a value, `True` as a rule.
        case condition(type: String, status: String)
        /// nil: the field is there, whatever is in it.
        case jsonPath(JSONPath, value: String?)
    }

    /// At least one.
    var groups = [ObjectGroup()]
    /// Empty means all namespaces (only without names).
    var namespace = "default"
    var labels = LabelQuery()
    var condition: Condition
    /// Nanoseconds; 0 looks once, nil waits for ever.
    var timeout: Int64? = 30_000_000_000
}

extension WaitOptions {
    /// How `--for` begins.
    static let conditionWords = ["condition=", "create", "delete", "jsonpath="]
}

extension CommandLineParser {
    static func wait(_ parsed: ParsedArguments) throws(UsageError) -> WaitOptions {
        let groups = try resources(parsed)
        var options = WaitOptions(groups: groups, condition: try waitCondition(parsed))
        options.namespace = try listNamespace(parsed)
        options.labels = try labels(parsed, groups)
        guard groups.isNamed || !options.labels.isEmpty || parsed.isOn("all") else {
            throw UsageError(
                "resource(s) were provided, but no name was specified; --all means all of them", verb: "wait")
        }
        guard !groups.isNamed || !parsed.isOn("all") else {
            throw UsageError("name cannot be provided when --all is given", verb: "wait")
        }
        guard !groups.isNamed || !options.namespace.isEmpty else {
            throw UsageError("a resource cannot be retrieved by name across all namespaces", verb: "wait")
        }
        if let text = parsed.text("timeout") {
            let isNegative = text.hasPrefix("-")
            guard let timeout = GoDuration.nanoseconds(isNegative ? String(text.dropFirst()) : text) else {
                throw UsageError(
                    "invalid value \"\(text)\" for --timeout: a duration such as 30s, 5m or 1h", verb: "wait")
            }
            // Of what is longer than a century nobody sees the end.
            options.timeout = isNegative ? nil : min(timeout, .max / 3)
        }
        return options
    }

    private static func waitCondition(_ parsed: ParsedArguments) throws(UsageError) -> WaitOptions.Condition {
        guard let text = parsed.text("for"), !text.isEmpty else {
            throw UsageError(
                "--for is missing: condition=Ready, delete, create, or jsonpath='{.status.phase}'=Running", verb: "wait"
            )
        }
        if text.lowercased() == "delete" { return .delete }
        if text.lowercased() == "create" { return .create }
        if let condition = text.removing(prefix: "condition=") {
            let parts = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return .condition(type: String(parts[0]), status: parts.count > 1 ? String(parts[1]) : "true")
        }
        guard let expression = text.removing(prefix: "jsonpath=") else {
            throw UsageError("unrecognized condition: \(ObjectName.quoted(text))", verb: "wait")
        }
        let parts = atSingleEqualSigns(expression)
        guard parts.count <= 2 else {
            throw UsageError(
                "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or "
                    + "--for=jsonpath='{.status.readyReplicas}'", verb: "wait")
        }
        let path = try OutputFormat.path(parsed) { () throws(JSONPath.Problem) in try JSONPath(relaxed: parts[0]) }
        guard parts.count == 2 else { return .jsonPath(path, value: nil) }
        let value = parts[1].trimmingQuotes
        guard !value.isEmpty else {
            throw UsageError(
                "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
                verb: "wait")
        }
        return .jsonPath(path, value: value)
    }

    /// `==` is a comparison within the path.
    private static func atSingleEqualSigns(_ text: String) -> [String] {
        var parts = [""]
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "=", rest.first == "=" {
                rest.removeFirst()
                parts[parts.count - 1] += "=="
            } else if character == "=" {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }
}

extension String {
    fileprivate func removing(prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }

    fileprivate var trimmingQuotes: String {
        var text = self[...]
        while let first = text.first, "'\"".contains(first) { text.removeFirst() }
        while let last = text.last, "'\"".contains(last) { text.removeLast() }
        return String(text)
    }
}
