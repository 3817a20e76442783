import PodModel

/// RFC 6902: a list of operations, done in order.
enum JSONPatch {
    static func apply(_ patch: Value, to object: Value) throws(ObjectPatch.Problem) -> Value {
        guard case .array(let operations) = patch else { throw .init("a JSON patch is a list of operations") }
        var result = object
        for operation in operations { try apply(operation, &result) }
        return result
    }

    private static func apply(_ operation: Value, _ document: inout Value) throws(ObjectPatch.Problem) {
        guard let path = text(operation, "path"), let name = text(operation, "op") else {
            throw .init("an operation needs op and path: \(operation.jsonText(pretty: false))")
        }
        let parts = try pointer(path)
        switch name {
        case "add": document = try edited(document, parts[...], path, .add(try value(operation)))
        case "replace": document = try edited(document, parts[...], path, .replace(try value(operation)))
        case "remove": document = try edited(document, parts[...], path, .remove)
        case "test":
            guard let found = find(parts, in: document), found.sortedByKey == (try value(operation)).sortedByKey else {
                throw .init("testing path \(path) failed")
            }
        case "copy", "move":
            guard let source = text(operation, "from"), let found = find(try pointer(source), in: document) else {
                throw .init("\(name) operation does not apply: from points to nothing")
            }
            if name == "move" { document = try edited(document, try pointer(source)[...], source, .remove) }
            document = try edited(document, parts[...], path, .add(found))
        default: throw .init("unexpected kind: \(name)")
        }
    }

    private enum Edit {
        case add(Value), replace(Value), remove
    }

    private static func edited(
        _ node: Value, _ parts: ArraySlice<String>, _ path: String, _ edit: Edit
    ) throws(ObjectPatch.Problem) -> Value {
        let missing = ObjectPatch.Problem("the path \(path) does not exist")
        guard let part = parts.first else {
            switch edit {
            case .add(let value), .replace(let value): return value
            case .remove: throw .init("the whole object can't be removed")
            }
        }
        let isLast = parts.count == 1
        switch node {
        case .object(let members):
            var node = node
            let old = members.first { $0.key == part }?.value
            if !isLast {
                guard let old else { throw missing }
                node.set(part, try edited(old, parts.dropFirst(), path, edit))
                return node
            }
            switch edit {
            case .add(let value): node.set(part, value)
            case .replace(let value):
                guard old != nil else { throw missing }
                node.set(part, value)
            case .remove:
                guard old != nil else { throw missing }
                node.set(part, nil)
            }
            return node
        case .array(var items):
            if isLast, case .add(let value) = edit {
                guard let index = part == "-" ? items.count : Int(part), (0...items.count).contains(index) else {
                    throw missing
                }
                items.insert(value, at: index)
                return .array(items)
            }
            guard let index = Int(part), items.indices.contains(index) else { throw missing }
            if isLast, case .remove = edit {
                items.remove(at: index)
            } else {
                items[index] = try edited(items[index], parts.dropFirst(), path, edit)
            }
            return .array(items)
        default: throw missing
        }
    }

    private static func find(_ parts: [String], in document: Value) -> Value? {
        parts.reduce(Optional(document)) { node, part in
            switch node {
            case .object?: node?.member(part)
            case .array(let items)?: Int(part).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }

    /// `/metadata/labels/a~1b`: RFC 6901.
    private static func pointer(_ text: String) throws(ObjectPatch.Problem) -> [String] {
        guard text.isEmpty || text.hasPrefix("/") else { throw .init("a path begins with /: \"\(text)\"") }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { $0.replacing("~1", with: "/").replacing("~0", with: "~") }
    }

    private static func text(_ operation: Value, _ key: String) -> String? {
        guard case .string(let text)? = operation.member(key) else { return nil }
        return text
    }

    private static func value(_ operation: Value) throws(ObjectPatch.Problem) -> Value {
        guard let value = operation.member("value") else { throw .init("an operation has no value") }
        return value
    }
}
