extension Value {
    /// What changes from this tree to another, for people: two lines for each part that differs, `-` with the old value and
    /// `+` with the new one; one where it came or went.
    package func differences(to other: Value) -> [String] {
        var lines: [String] = []
        compare(other, "", &lines)
        return lines
    }

    private func compare(_ other: Value, _ path: String, _ lines: inout [String]) {
        if self == other { return }
        switch (self, other) {
        case (.object(let old), .object(let new)):
            for (key, value) in old {
                let path = path.isEmpty ? key : "\(path).\(key)"
                value.compare(new.first { $0.key == key }?.value ?? .null, path, &lines)
            }
            for (key, value) in new where !old.contains(where: { $0.key == key }) {
                Value.null.compare(value, path.isEmpty ? key : "\(path).\(key)", &lines)
            }
        case (.array(let old), .array(let new)):
            for index in 0..<max(old.count, new.count) {
                let before = index < old.count ? old[index] : .null
                before.compare(index < new.count ? new[index] : .null, "\(path)[\(index)]", &lines)
            }
        default:
            if self != .null { lines.append("- \(path): \(text)") }
            if other != .null { lines.append("+ \(path): \(other.text)") }
        }
    }

    private var text: String { jsonText(pretty: false) }
}
