import PodModel

extension CommandLineParser {
    static func explain(_ parsed: ParsedArguments) throws(UsageError) -> ExplainOptions {
        guard let operand = parsed.operands.first else {
            throw UsageError("You must specify the type of resource to explain", verb: "explain")
        }
        guard parsed.operands.count == 1 else {
            throw UsageError("We accept only this format: explain RESOURCE", verb: "explain")
        }
        let parts = operand.split(separator: ".").map(String.init)
        guard let word = parts.first, let kind = ObjectKind(word: word.lowercased()) else {
            throw UsageError(
                "the server doesn't have a resource type \(ObjectName.quoted(parts.first ?? operand))", verb: "explain")
        }
        return ExplainOptions(kind: kind, path: Array(parts.dropFirst()), recursive: parsed.isOn("recursive"))
    }
}
