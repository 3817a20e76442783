import PodModel

extension Verbs {
    /// Behind each object that was not found, names that may have been meant.
    func withHints(_ failure: CommandFailure) -> CommandFailure {
        let lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            [String(line)] + (hint(behind: line).map { [$0] } ?? [])
        }
        return CommandFailure(lines.joined(separator: "\n"), exitCode: failure.exitCode)
    }

    /// - Parameter line: `Error from server (NotFound): pods "ngnix" not found`
    private func hint(behind line: Substring) -> String? {
        let start = "Error from server (NotFound): "
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        guard line.hasPrefix(start), parts.count == 3, parts[2] == " not found",
            let kind = ObjectKind(word: String(parts[0].dropFirst(start.count).dropLast())),
            let found = try? fetch(kind, namespace: "", names: [], asTable: true)
        else { return nil }
        let known =
            found.rows.map { ($0.name, $0.namespace) }
            + (kind == .event ? [] : found.objectRows.compactMap { row in row.cells.first.map { ($0, row.namespace) } })
        return Suggestion.question(for: String(parts[1]), among: known)
    }
}

extension Suggestion {
    /// `did you mean "web" or "web-2" in namespace "other"?`; nil when no name is near.
    static func question(for name: String, among known: [(name: String, namespace: String)]) -> String? {
        let near = candidates(for: name, among: Set(known.map(\.name)))
        let texts = near.flatMap { name in
            known.filter { $0.name == name }.map { _, namespace in
                "\"\(name)\"" + (namespace == "default" ? "" : " in namespace \"\(namespace)\"")
            }
        }
        return texts.isEmpty ? nil : "did you mean \(texts.prefix(3).joined(separator: " or "))?"
    }
}
