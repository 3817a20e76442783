/// What a mistyped word was probably meant to be.
enum Suggestion {
    /// Behind an error message: the near words on lines of their own; empty if none is near.
    static func text(for word: String, among known: some Collection<String>) -> String {
        let near = candidates(for: word, among: known)
        guard !near.isEmpty else { return "" }
        return "\n\nDid you mean this?" + near.map { "\n\t" + $0 }.joined()
    }

    /// Words at most two typing errors away (one for short words), or that begin with the word; the nearest first.
    static func candidates(for word: String, among known: some Collection<String>) -> [String] {
        let typed = word.lowercased()
        let allowed = typed.drop(while: { $0 == "-" }).count <= 3 ? 1 : 2
        return known.compactMap { candidate -> (Int, String)? in
            let distance = distance(typed, candidate)
            if distance <= allowed { return (distance, candidate) }
            let isBeginning = typed.drop(while: { $0 == "-" }).count >= 2 && candidate.hasPrefix(typed)
            return isBeginning ? (allowed + 1, candidate) : nil
        }
        .sorted { $0 < $1 }
        .prefix(3)
        .map(\.1)
    }

    /// Damerau-Levenshtein, restricted: insertions, deletions, replacements, swaps of neighbours.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let isSame = left[row] == right[column]
                var best = min(last[column] + (isSame ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            before = last
            last = current
        }
        return last[right.count]
    }
}
