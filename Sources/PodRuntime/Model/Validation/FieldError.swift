/// Where a field is: `spec.containers[0].resources.limits[memory]`.
package struct FieldPath: Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    package subscript(dynamic name: String) -> FieldPath {
        FieldPath(description.isEmpty ? name : "\(description).\(name)")
    }
    package subscript(index: Int) -> FieldPath { FieldPath("\(description)[\(index)]") }
    package func key(_ key: String) -> FieldPath { FieldPath("\(description)[\(key)]") }

    static func / (path: FieldPath, name: String) -> FieldPath { path[dynamic: name] }
}

/// What is wrong with one field, in the words of Kubernetes' validation (apimachinery's field.Error).
package struct FieldError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case required = "Required value"
        case invalid = "Invalid value"
        case duplicate = "Duplicate value"
        case unsupported = "Unsupported value"
        case notFound = "Not found"
        case forbidden = "Forbidden"
        case tooLong = "Too long"
        case tooMany = "Too many"
    }

    package let path: String
    package let kind: Kind
    /// As printed: strings quoted, objects as JSON. Nil for kinds that never show it.
    package let value: String?
    package let detail: String

    package init(_ path: FieldPath, _ kind: Kind, value: String? = nil, detail: String = "") {
        self.path = path.description
        self.kind = kind
        self.value = value
        self.detail = detail
    }

    /// `spec.dnsPolicy: Unsupported value: "x": supported values: "Default", "None"`
    package var text: String {
        ([path, kind.rawValue] + [value, detail.isEmpty ? nil : detail].compactMap { $0 }).joined(separator: ": ")
    }

    package var description: String { text }

    /// Go's %q.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 34: result += "\\\""
            case 92: result += "\\\\"
            case 7: result += "\\a"
            case 8: result += "\\b"
            case 9: result += "\\t"
            case 10: result += "\\n"
            case 11: result += "\\v"
            case 12: result += "\\f"
            case 13: result += "\\r"
            case 0..<32, 127: result += "\\x" + hexadecimal(scalar.value, 2)
            case 128..<160, 0xad, 0x2028...0x202e, 0xfeff: result += "\\u" + hexadecimal(scalar.value, 4)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension ManifestSource {
    /// The error with the place of its field: `file:line:column: path: ...`.
    package func text(of error: FieldError) -> String { "\(place(of: error.path)): \(error.text)" }

    /// `file:line:column`
    package func place(of path: String) -> String {
        let position = position(of: path)
        return "\(file):\(position.line):\(position.column)"
    }
}
