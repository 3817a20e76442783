/// Carries the steps of a JSONPath out.
enum JSONPathEvaluation {
    private typealias Problem = JSONPath.Problem

    static func walk(_ nodes: [JSONPath.Node], from values: [Value]) throws(JSONPath.Problem) -> [Value] {
        var values = values
        for node in nodes { values = try step(node, from: values) }
        return values
    }

    private static func step(_ node: JSONPath.Node, from values: [Value]) throws(JSONPath.Problem) -> [Value] {
        switch node {
        case .text(let text): return [.string(text)]
        case .number(let number): return [number]
        case .field(let name): return values.compactMap { $0.member(name) }
        case .wildcard: return values.flatMap(\.children)
        case .recursive: return values.flatMap(descendants)
        case .union(let lists):
            var found: [Value] = []
            for list in lists { found += try walk(list, from: values) }
            return found
        case .slice(let start, let end, let step):
            var found: [Value] = []
            for value in values { found += try slice(value, start: start, end: end, step: step) }
            return found
        case .exists(let nodes):
            return try filter(values) { (item) throws(JSONPath.Problem) in try !walk(nodes, from: [item]).isEmpty }
        case .filter(let left, let comparison, let right):
            return try filter(values) { (item) throws(JSONPath.Problem) in
                let lefts = try walk(left, from: [item])
                let rights = try walk(right, from: [item])
                guard lefts.count <= 1, rights.count <= 1 else {
                    throw Problem("can only compare one element at a time")
                }
                guard let left = lefts.first, let right = rights.first else { return false }
                return try compare(left, comparison, right)
            }
        }
    }

    /// Values that hold others, from the outside in.
    private static func descendants(of value: Value) -> [Value] {
        let children = value.children
        return children.isEmpty ? [] : [value] + children.flatMap(descendants)
    }

    private static func slice(
        _ value: Value, start: Int?, end: JSONPath.End, step: Int?
    ) throws(JSONPath.Problem) -> [Value] {
        if case .null = value { return [] }
        guard case .array(let items) = value else { throw Problem("\(value.typeName) is not array or slice") }
        let count = items.count
        var first = start ?? 0
        if first < 0 { first += count }
        let last: Int
        switch end {
        case .single: last = first + 1
        case .last: last = count
        case .index(let index): last = index < 0 ? index + count : index
        }
        if first == last { return [] }
        guard (0..<count).contains(first) else {
            throw Problem("array index out of bounds: index \(first), length \(count)")
        }
        guard (0...count).contains(last) else {
            throw Problem("array index out of bounds: index \(last - 1), length \(count)")
        }
        guard first < last else { throw Problem("starting index \(first) is greater than ending index \(last)") }
        guard step ?? 1 > 0 else { throw Problem("step must be > 0") }
        return stride(from: first, to: last, by: step ?? 1).map { items[$0] }
    }

    private static func filter(
        _ values: [Value], _ isWanted: (Value) throws(JSONPath.Problem) -> Bool
    ) throws(JSONPath.Problem) -> [Value] {
        var found: [Value] = []
        for value in values {
            guard case .array(let items) = value else {
                throw Problem("\(value.plainText) is not array or slice and cannot be filtered")
            }
            for item in items where try isWanted(item) { found.append(item) }
        }
        return found
    }

    private static func compare(
        _ left: Value, _ comparison: JSONPath.Comparison, _ right: Value
    ) throws(JSONPath.Problem) -> Bool {
        switch (left, right) {
        case (.string(let a), .string(let b)): return holds(a, comparison, b)
        case (.bool(let a), .bool(let b)):
            guard comparison == .equal || comparison == .notEqual else {
                throw Problem("invalid type for comparison")
            }
            return (a == b) == (comparison == .equal)
        default:
            guard let a = left.number, let b = right.number else {
                throw Problem("incompatible types for comparison")
            }
            return holds(a, comparison, b)
        }
    }

    private static func holds<T: Comparable>(_ a: T, _ comparison: JSONPath.Comparison, _ b: T) -> Bool {
        switch comparison {
        case .less: a < b
        case .greater: a > b
        case .equal: a == b
        case .notEqual: a != b
        case .lessOrEqual: a <= b
        case .greaterOrEqual: a >= b
        }
    }
}

extension Value {
    /// nil if it is no object, or has no such member.
    package func member(_ name: String) -> Value? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == name }?.value
    }

    fileprivate var children: [Value] {
        switch self {
        case .array(let items): items
        case .object(let members): members.map(\.value)
        default: []
        }
    }

    fileprivate var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    fileprivate var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
