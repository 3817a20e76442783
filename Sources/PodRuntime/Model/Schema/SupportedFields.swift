/// Whether podrun refuses a field, found by asking for it: there is no second list beside UnsupportedFields.
enum SupportedFields {
    /// - Parameter path: names of fields from the pod on, as in `spec.containers.lifecycle`.
    /// - Returns: whether a pod that sets this field, and nothing else on purpose, is refused for it. Fields of which only some
    ///   values are refused may or may not be.
    static func refuses(_ path: [String]) -> Bool {
        guard let pod = sample(path) else { return false }
        let field = path.joined(separator: ".")
        return UnsupportedFields.errors(in: pod).contains { withoutIndices($0.path) == field }
    }

    private static func withoutIndices(_ path: String) -> String {
        var text = ""
        var depth = 0
        for character in path {
            if character == "[" { depth += 1 }
            if depth == 0 { text.append(character) }
            if character == "]" { depth -= 1 }
        }
        return text
    }

    private static func sample(_ path: [String]) -> Pod? {
        let position = SourcePosition(line: 1, column: 1)
        func node(_ content: YAMLNode.Content) -> YAMLNode { YAMLNode(content, at: position) }
        /// Of fields with few values the last one, which asks for least where that matters.
        func harmless(_ object: ObjectType) -> [(key: String, keyPosition: SourcePosition, value: YAMLNode)] {
            object.fields.compactMap { field in
                FieldDocumentation.field(field.name, of: object.name).values.last.map {
                    (field.name, position, node(.string($0)))
                }
            }
        }
        func wrapped(_ type: FieldType, _ rest: ArraySlice<String>) -> YAMLNode? {
            switch type {
            case .list(let element): return wrapped(element, rest).map { node(.sequence([$0])) }
            case .map(let value): return wrapped(value, rest).map { node(.mapping([("cpu", position, $0)])) }
            case .object(let object):
                guard let name = rest.first else { return node(.mapping(harmless(object))) }
                guard let field = object.fields.first(where: { $0.name == name }) else { return nil }
                return wrapped(field.type, rest.dropFirst()).map { node(.mapping([(name, position, $0)])) }
            case .plain(let name):
                switch name {
                case "boolean": return node(.bool(true))
                case "integer", "IntOrString": return node(.int(1))
                case "Object": return node(.mapping([]))
                case "Quantity": return node(.string("1"))
                default: return node(.string("x"))
                }
            }
        }
        guard let tree = wrapped(.object(ObjectType(Pod.self)), path[...]) else { return nil }
        guard var pod = (try? NodeDecoder.decode(Pod.self, from: tree, file: ""))?.0 else { return nil }
        pod.metadata.name = "x"
        return pod
    }
}
