/// A place in a manifest; line and column count from 1.
package struct SourcePosition: Sendable, Equatable, Hashable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A node of a YAML (or JSON) document, with its place. A class, so that an alias is the anchor's node itself.
package final class YAMLNode: Sendable {
    package enum Content: Sendable {
        case null
        case bool(Bool)
        case int(Int64)
        /// Too large for Int64, or with a fraction; the text as written.
        case number(Double, text: String)
        case string(String)
        case sequence([YAMLNode])
        case mapping([(key: String, keyPosition: SourcePosition, value: YAMLNode)])
    }

    package let content: Content
    package let position: SourcePosition

    package init(_ content: Content, at position: SourcePosition) {
        self.content = content
        self.position = position
    }

    package static let missing = YAMLNode(.null, at: SourcePosition(line: 1, column: 1))

    package var isNull: Bool { if case .null = content { true } else { false } }

    /// The value of a mapping's key; nil when it has none or is no mapping.
    package subscript(_ key: String) -> YAMLNode? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var string: String? { if case .string(let text) = content { text } else { nil } }

    /// As Go's JSON encoder writes it; nil where it would use an exponent.
    private static func jsonText(of number: Double) -> String? {
        guard number == number.rounded(), number.magnitude < 1e21 else { return nil }
        // The shortest digits that read back the same, filled up with zeros.
        let parts = String(number).split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1].replacing("+", with: "")) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".")
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        return whole + fraction + String(repeating: "0", count: max(0, exponent - fraction.count))
    }

    /// As JSON's decoder calls it.
    var typeName: String {
        switch content {
        case .null: "null"
        case .bool: "bool"
        case .int: "number"
        case .number(let number, let text): "number \(YAMLNode.jsonText(of: number) ?? text)"
        case .string: "string"
        case .sequence: "array"
        case .mapping: "object"
        }
    }
}

/// Why a manifest can't be read. All of them print as `file:line:column: text`.
package struct ManifestError: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    package var position: SourcePosition
    package var text: String

    package init(file: String, position: SourcePosition, text: String) {
        self.file = file
        self.position = position
        self.text = text
    }

    package var description: String { "\(file):\(position.line):\(position.column): \(text)" }
}
