import PodModel

/// Which objects a verb is about.
extension CommandLineParser {
    /// `pods`, `pod a b` or `pod/a pod/b`, and so for the other kinds; no name means all of them.
    static func resources(_ parsed: ParsedArguments) throws(UsageError) -> (kind: ObjectKind, names: [String]) {
        guard let first = parsed.operands.first else {
            throw UsageError(
                "you must say what to \(parsed.verb): pods, pod NAME or pod/NAME; also configmaps, secrets, "
                    + "persistentvolumeclaims and events", verb: parsed.verb)
        }
        if first.contains("/") { return try slashed(parsed) }
        let kind = try kind(first, parsed)
        var names: [String] = []
        for operand in parsed.operands.dropFirst() {
            if operand.contains("/") {
                throw UsageError(
                    "\(ObjectName.quoted(operand)): give \(first) NAME or \(kind.word)/NAME, not both",
                    verb: parsed.verb)
            }
            names.append(try objectName(operand, of: kind, verb: parsed.verb))
        }
        return (kind, names)
    }

    static func fieldSelector(_ parsed: ParsedArguments) throws(UsageError) -> FieldSelector {
        do throws(FieldSelector.Problem) {
            return try FieldSelector(parsing: parsed.texts("field-selector").joined(separator: ","))
        } catch {
            throw UsageError("\(error)", verb: parsed.verb)
        }
    }

    static func labels(_ parsed: ParsedArguments, names: [String]) throws(UsageError) -> LabelQuery {
        let query: LabelQuery
        do throws(LabelQuery.Problem) {
            query = try LabelQuery(parsing: parsed.text("selector") ?? "")
        } catch {
            throw UsageError("\(error)", verb: parsed.verb)
        }
        guard query.isEmpty || names.isEmpty else {
            throw UsageError("name cannot be provided when a selector is specified", verb: parsed.verb)
        }
        return query
    }

    static func refuseEvents(
        _ kind: ObjectKind, _ what: String, _ parsed: ParsedArguments
    ) throws(UsageError) {
        if kind == .event { throw UsageError("events can't be \(what)", verb: parsed.verb) }
    }

    /// `NAME` or `pod/NAME`.
    static func podName(_ operand: String, verb: String) throws(UsageError) -> String {
        var name = operand[...]
        if let slash = operand.firstIndex(of: "/"), ObjectKind(word: String(operand[..<slash])) == .pod {
            name = operand[operand.index(after: slash)...]
        }
        return try objectName(String(name), of: .pod, verb: verb)
    }

    static func objectName(_ name: String, of kind: ObjectKind, verb: String) throws(UsageError) -> String {
        guard ObjectName.isSubdomain(name) else {
            throw UsageError(
                "invalid \(kind.word) name \(ObjectName.quoted(name)): \(ObjectName.subdomainRule)", verb: verb)
        }
        return name
    }

    private static func slashed(_ parsed: ParsedArguments) throws(UsageError) -> (ObjectKind, [String]) {
        var kinds: [ObjectKind] = []
        var names: [String] = []
        for operand in parsed.operands {
            guard let slash = operand.firstIndex(of: "/") else {
                throw UsageError(
                    "there is no need to specify a resource type as a separate argument when passing arguments in "
                        + "resource/name form (e.g. 'podrun get pod/NAME' instead of 'podrun get pod pod/NAME')",
                    verb: parsed.verb)
            }
            let kind = try kind(String(operand[..<slash]), parsed)
            kinds.append(kind)
            names.append(try objectName(String(operand[operand.index(after: slash)...]), of: kind, verb: parsed.verb))
        }
        guard let first = kinds.first, kinds.allSatisfy({ $0 == first }) else {
            throw UsageError("name objects of one kind at a time", verb: parsed.verb)
        }
        return (first, names)
    }

    private static func kind(_ word: String, _ parsed: ParsedArguments) throws(UsageError) -> ObjectKind {
        if let kind = ObjectKind(word: word) { return kind }
        let words = ObjectKind.allCases.flatMap(\.words)
        let near = Suggestion.candidates(for: word, among: words)
        let isName = ObjectName.isSubdomain(word) && parsed.operands.count == 1
        let hint =
            near.isEmpty && isName
            ? "\n\nDid you mean this?\n\tpodrun \(parsed.verb) pod \(word)" : Suggestion.text(for: word, among: words)
        throw UsageError("podrun doesn't have a resource type \(ObjectName.quoted(word))" + hint, verb: parsed.verb)
    }
}
