/// What the fields mean, in podrun's own words. Tests hold it to the model: every field has a line, and no line is for a field
/// that isn't there.
///
/// The texts are lines of three forms; what goes on in the next line begins with a space:
///
///     Type: of the object
///     Type.field: of the field
///     Type.field {Value, Other}: of a field that has only these values
package enum FieldDocumentation {
    package static func text(of type: String) -> String { table[type]?.text ?? "" }

    static func field(_ name: String, of type: String) -> (text: String, values: [String]) {
        // A container added to a running pod has what every container has.
        table["\(type).\(name)"] ?? (type == "EphemeralContainer" ? field(name, of: "Container") : ("", []))
    }

    /// Every type and `type.field` that has a line.
    package static var names: [String] { table.keys.sorted() }

    private static let table: [String: (text: String, values: [String])] = {
        var table: [String: (text: String, values: [String])] = [:]
        for text in [pod, container, environment, volume, security, scheduling, status, objects] {
            for line in text.replacing("\n ", with: " ").split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let head = line[..<colon].split(separator: "{", maxSplits: 1)
                let values = head.count < 2 ? [] : head[1].dropLast().split(separator: ",").map(trimmed)
                table[trimmed(head[0])] = (trimmed(line[line.index(after: colon)...]), values)
            }
        }
        return table
    }()

    /// Without spaces at its ends; `""` is the empty value.
    private static func trimmed(_ text: Substring) -> String {
        let words = text.split(separator: " ").joined(separator: " ")
        return words == "\"\"" ? "" : words
    }
}
