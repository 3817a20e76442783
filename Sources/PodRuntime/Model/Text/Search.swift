// What `_StringProcessing` would bring, for plain texts compared byte by byte.

extension StringProtocol {
    /// Whether `text` stands somewhere in it; an empty one does.
    package func contains(_ text: String) -> Bool {
        text.isEmpty || place(of: Array(text.utf8), from: utf8.startIndex) != nil
    }

    /// With every `text` replaced, from left to right; `text` is not empty.
    package func replacing(_ text: String, with replacement: String) -> String {
        split(separator: text, omittingEmptySubsequences: false).joined(separator: replacement)
    }

    /// The parts between every `separator`, which is not empty.
    package func split(
        separator: String, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
    ) -> [SubSequence] {
        let wanted = Array(separator.utf8)
        var parts: [SubSequence] = []
        var splits = 0
        var start = startIndex
        while splits < maxSplits, let end = place(of: wanted, from: start) {
            if end > start || !omittingEmptySubsequences {
                parts.append(self[start..<end])
                splits += 1
            }
            start = utf8.index(end, offsetBy: wanted.count)
        }
        if start < endIndex || !omittingEmptySubsequences { parts.append(self[start...]) }
        return parts
    }

    private func place(of wanted: [UInt8], from start: Index) -> Index? {
        var place = start
        while place < endIndex {
            if utf8[place...].starts(with: wanted) { return place }
            place = utf8.index(after: place)
        }
        return nil
    }
}
