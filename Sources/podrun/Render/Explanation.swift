import PodModel

/// What `explain` prints, laid out as kubectl does (pkg/explain/v2/templates/plaintext.tmpl).
struct Explanation {
    private let schema: Schema
    private let path: [String]
    private let isRecursive: Bool

    init(kind: ObjectKind, path: [String], isRecursive: Bool) {
        schema = Schema(kind)
        self.path = path
        self.isRecursive = isRecursive
    }

    private static let unsupported = "Not supported yet: a pod that asks for it is refused."

    /// nil if there is no such field.
    var text: String? {
        guard let entry = schema.entry(path) else { return nil }
        var text = "KIND:       \(schema.kind.rawValue)\nVERSION:    v1\n\n"
        if !path.isEmpty {
            text += "FIELD: \(entry.name) <\(entry.type.text)>\n"
            if !entry.values.isEmpty {
                text += "ENUM:" + entry.values.map { "\n    " + Self.shown($0) }.joined()
            }
            text += "\n\n"
        }
        var sentences = [entry.text]
        if entry.isUnsupported { sentences.insert(Self.unsupported, at: 0) }
        if !path.isEmpty { sentences.append(schema.text(of: entry.type)) }
        // Every part ends its line, and kubectl indents what follows the last one too.
        let description = sentences.filter { !$0.isEmpty }.map { $0 + "\n" }.joined()
        text += "DESCRIPTION:\n" + Self.indented(Self.wrapped(description, 76), 4) + "\n"
        let fields = self.fields(of: entry.type, at: path, level: 1)
        if !fields.isEmpty { text += "FIELDS:\n" + fields }
        return text + "\n"
    }

    private func fields(of type: FieldType, at path: [String], level: Int) -> String {
        var text = ""
        let indent = String(repeating: " ", count: 2 * level)
        for entry in schema.entries(of: type, at: path) {
            text += "\(indent)\(entry.name)\t<\(entry.type.text)>"
            if entry.isRequired { text += " -required-" }
            if entry.isUnsupported { text += " -not supported yet-" }
            if !entry.values.isEmpty {
                let shown = entry.values.prefix(4).map(Self.shown).joined(separator: ", ")
                text += "\n\(indent)enum: \(shown)" + (entry.values.count > 4 ? ", ...." : "")
            }
            text += "\n"
            if isRecursive {
                text += fields(of: entry.type, at: path + [entry.name], level: level + 1)
            } else {
                text += Self.indented(Self.wrapped(entry.text, 78 - 2 * level), 2 * level + 2) + "\n\n"
            }
        }
        return text
    }

    private static func shown(_ value: String) -> String { value.isEmpty ? "\"\"" : value }

    private static func indented(_ text: String, _ amount: Int) -> String {
        let pad = String(repeating: " ", count: amount)
        return pad + text.replacing("\n", with: "\n" + pad)
    }

    /// Each line broken between words where it is longer than `limit`.
    private static func wrapped(_ text: String, _ limit: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var lines = [""]
            for word in line.split(separator: " ") {
                let last = lines[lines.count - 1]
                if last.isEmpty {
                    lines[lines.count - 1] = String(word)
                } else if last.count + 1 + word.count <= limit {
                    lines[lines.count - 1] = last + " " + word
                } else {
                    lines.append(String(word))
                }
            }
            return lines.joined(separator: "\n")
        }
        .joined(separator: "\n")
    }
}
