/// A JSONPath template as kubectl knows them (client-go, util/jsonpath): text with `{...}` in it, which hold fields, indices,
/// slices, unions, wildcards, filters, recursive descent, quoted text, and `range` ... `end`.
package struct JSONPath: Sendable, Equatable {
    /// One step from values to values.
    indirect enum Node: Sendable, Equatable {
        case text(String)
        case number(Value)
        case field(String)
        case slice(start: Int?, end: End, step: Int?)
        case wildcard
        case recursive
        case union([[Node]])
        case filter(left: [Node], Comparison, right: [Node])
        case exists([Node])
    }

    /// Where a slice ends.
    enum End: Sendable, Equatable {
        /// Behind its only element: `[3]`.
        case single
        case index(Int)
        case last
    }

    enum Comparison: String, Sendable {
        case less = "<"
        case greater = ">"
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
    }

    /// What stands between two braces, or between `{end}` and `{range}`.
    indirect enum Part: Sendable, Equatable {
        case steps([Node])
        case range([Node], [Part])
    }

    package struct Problem: Error, CustomStringConvertible, Equatable {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// As it was written.
    package let text: String
    let parts: [Part]

    package init(_ template: String) throws(Problem) {
        text = template
        do throws(Problem) {
            var parser = JSONPathParser(template)
            parts = try parser.template()
        } catch {
            throw Problem("error parsing jsonpath \(template), \(error)")
        }
    }

    /// Of an expression that names one field or more: `metadata.name`, `.metadata.name` or `{.metadata.name}`.
    package init(relaxed expression: String) throws(Problem) {
        var path = expression[...]
        if path.first == "{", path.last == "}" { path = path.dropFirst().dropLast() }
        if path.first == "." { path.removeFirst() }
        guard !path.isEmpty, !path.contains("{"), !path.contains("}") else {
            throw Problem(
                "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
            )
        }
        try self.init("{.\(path)}")
    }

    // MARK: - Results

    /// The values that each part finds, in the order in which they are printed. Fields that are not there find nothing.
    package func results(in value: Value) throws(Problem) -> [[Value]] {
        try Self.results(of: parts, in: value)
    }

    private static func results(of parts: [Part], in value: Value) throws(Problem) -> [[Value]] {
        var results: [[Value]] = []
        for part in parts {
            switch part {
            case .steps(let nodes): results.append(try JSONPathEvaluation.walk(nodes, from: [value]))
            case .range(let nodes, let body):
                for each in try JSONPathEvaluation.walk(nodes, from: [value]) {
                    results += try Self.results(of: body, in: each)
                }
            }
        }
        return results
    }

    /// The template filled in: values of a part with a space between them.
    package func filled(with value: Value) throws(Problem) -> String {
        do throws(Problem) {
            return try results(in: value).map { $0.map(\.plainText).joined(separator: " ") }.joined()
        } catch {
            throw Problem("error executing jsonpath \"\(text)\": \(error)")
        }
    }
}

extension Value {
    /// Strings and numbers as they are, everything else as JSON.
    package var plainText: String {
        if case .string(let text) = self { return text }
        return sortedByKey.jsonText(pretty: false)
    }
}
