import PodModel

/// What `-o` says.
enum OutputFormat: Equatable {
    struct Column: Equatable {
        let header: String
        let path: JSONPath
    }

    case table, wide, json, yaml, name
    case jsonPath(JSONPath)
    case customColumns([Column])

    static let words = ["custom-columns", "json", "jsonpath", "name", "wide", "yaml"]

    static let ofEvents = ["json", "jsonpath", "name", "yaml"]
    static let ofChangedObjects = ["json", "jsonpath", "name", "yaml"]

    /// As they are begun on a command line.
    static func choices(of words: [String] = words) -> [String] {
        words.map { ["custom-columns", "jsonpath"].contains($0) ? $0 + "=" : $0 }
    }

    /// - Parameter allowed: of `words`.
    static func read(
        _ parsed: ParsedArguments, allowed: [String] = words
    ) throws(UsageError) -> OutputFormat? {
        guard let text = parsed.text("output"), !text.isEmpty else { return nil }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let argument = parts.count > 1 ? parts[1] : nil
        switch (parts[0], argument) {
        case (let word, _) where !allowed.contains(word): break
        case ("json", nil): return .json
        case ("yaml", nil): return .yaml
        case ("name", nil): return .name
        case ("wide", nil): return .wide
        case ("jsonpath", _):
            guard let argument, !argument.isEmpty else {
                throw UsageError("template format specified but no template given", verb: parsed.verb)
            }
            return .jsonPath(try path(parsed) { () throws(JSONPath.Problem) in try JSONPath(argument) })
        case ("custom-columns", _):
            guard let argument, !argument.isEmpty else {
                throw UsageError("custom-columns format specified but no custom columns given", verb: parsed.verb)
            }
            return .customColumns(try columns(argument, parsed))
        default: break
        }
        throw UsageError(
            "unable to match a printer suitable for the output format \"\(text)\", allowed formats are: "
                + allowed.joined(separator: ","), verb: parsed.verb)
    }

    private static func columns(_ text: String, _ parsed: ParsedArguments) throws(UsageError) -> [Column] {
        var columns: [Column] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let colon = part.firstIndex(of: ":"), colon > part.startIndex else {
                throw UsageError(
                    "unexpected custom-columns spec: \(part), expected <header>:<json-path-expr>", verb: parsed.verb)
            }
            let expression = String(part[part.index(after: colon)...])
            let path = try path(parsed) { () throws(JSONPath.Problem) in try JSONPath(relaxed: expression) }
            columns.append(Column(header: String(part[..<colon]), path: path))
        }
        return columns
    }

    static func path(
        _ parsed: ParsedArguments, _ read: () throws(JSONPath.Problem) -> JSONPath
    ) throws(UsageError) -> JSONPath {
        do throws(JSONPath.Problem) {
            return try read()
        } catch {
            throw UsageError("\(error)", verb: parsed.verb)
        }
    }
}
