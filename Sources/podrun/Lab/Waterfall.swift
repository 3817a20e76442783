/// What happened when, drawn as bars below each other: one line of at most 80 columns for each. Pure.
struct Waterfall {
    /// Nanoseconds.
    struct Row: Equatable {
        /// Who did it: rows of one lane stand together.
        var lane: String
        var what: String
        var from: Int64
        var to: Int64
        /// How many rows of its lane it is a part of.
        var depth = 0
    }

    private static let barWidth = 26
    private static let textWidth = 80 - 2 * 8 - barWidth - 2

    /// Lanes in the order in which they begin; rows in the order of their begins.
    let lanes: [[Row]]
    /// The beginning of all.
    let start: Int64
    let end: Int64

    init(_ rows: [Row], start: Int64) {
        var lanes: [[Row]] = []
        // What began first, and of those the longest, holds the others.
        for row in rows.sorted(by: { ($0.from, $1.to, $0.what) < ($1.from, $0.to, $1.what) }) {
            if let index = lanes.firstIndex(where: { $0[0].lane == row.lane }) {
                lanes[index].append(row)
            } else {
                lanes.append([row])
            }
        }
        self.lanes = lanes.map(Self.nested)
        self.start = start
        end = rows.map(\.to).max() ?? start
    }

    private static func nested(_ rows: [Row]) -> [Row] {
        var open: [Int64] = []
        return rows.map { row in
            while let last = open.last, last < row.to || last <= row.from { open.removeLast() }
            var row = row
            row.depth = open.count
            open.append(row.to)
            return row
        }
    }

    func lines(_ ink: Ink) -> [String] {
        var lines = [ink(.dim, Self.right("at µs", 8) + Self.right("took", 8))]
        for lane in lanes {
            lines.append(ink(.bold, lane[0].lane))
            for row in lane {
                let what = String(repeating: "  ", count: row.depth) + row.what
                lines.append(
                    Self.right("\((row.from - start) / 1000)", 8) + Self.right("\((row.to - row.from) / 1000)", 8) + " "
                        + ink(.cyan, bar(row)) + " " + Self.cut(what, Self.textWidth))
            }
        }
        return lines
    }

    /// At least one block; the rest is blank.
    private func bar(_ row: Row) -> String {
        let whole = max(1, Double(end - start))
        let width = Double(Self.barWidth)
        let first = min(Self.barWidth - 1, max(0, Int(Double(row.from - start) / whole * width)))
        let last = min(Self.barWidth, max(first + 1, Int((Double(row.to - start) / whole * width).rounded())))
        let isShort = Double(row.to - row.from) / whole * width < 0.5
        return String(repeating: " ", count: first)
            + String(repeating: isShort ? "▏" : "█", count: last - first)
            + String(repeating: " ", count: Self.barWidth - last)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : String(text.prefix(width - 1)) + "…"
    }
}
