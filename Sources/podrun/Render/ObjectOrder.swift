import PodModel

/// The order of `--sort-by`: numbers and quantities by size, text as people count, what has no such field first.
struct ObjectOrder {
    let path: JSONPath

    func sorted(_ objects: [ListedObject]) throws -> [ListedObject] {
        let keys = try objects.map { try path.results(in: $0.value()).first?.first }
        guard objects.isEmpty || keys.contains(where: { $0 != nil }) else {
            throw CommandFailure("couldn't find any field with path \"\(path.text)\" in the list of objects")
        }
        return zip(objects, keys).enumerated().sorted { left, right in
            if Self.isLess(left.element.1, right.element.1) { return true }
            return !Self.isLess(right.element.1, left.element.1) && left.offset < right.offset
        }
        .map(\.element.0)
    }

    private static func isLess(_ left: Value?, _ right: Value?) -> Bool {
        guard let right else { return false }
        guard let left else { return true }
        switch (left, right) {
        case (.int(let a), .int(let b)): return a < b
        case (.string(let a), .string(let b)):
            if let a = try? Quantity(a), let b = try? Quantity(b) { return a < b }
            return NaturalOrder.isLess(a, b)
        default: return NaturalOrder.isLess(left.plainText, right.plainText)
        }
    }
}
