/// What a listing prints: a header and a row per thing, in columns as kubectl's.
struct Table: Equatable {
    var header: [String]
    var rows: [[String]]

    private static let minimumWidth = 6
    private static let padding = 3

    init(_ header: [String], rows: [[String]] = []) {
        self.header = header
        self.rows = rows
    }

    /// - Parameters:
    ///   - showsHeader: whether the header is a part of the text.
    ///   - widths: of columns printed before, which stay as wide when more rows follow (`get -w`); grows.
    func text(showsHeader: Bool, widths: inout [Int]) -> String {
        let lines = (showsHeader ? [header] : []) + rows.map { $0.map(Self.shown) }
        for line in lines {
            for (index, cell) in line.dropLast().enumerated() {
                let width = max(Self.minimumWidth, cell.unicodeScalars.count + Self.padding)
                if index < widths.count { widths[index] = max(widths[index], width) } else { widths.append(width) }
            }
        }
        var text = ""
        for line in lines {
            for (index, cell) in line.enumerated() {
                text += cell
                if index < line.count - 1 {
                    text += String(repeating: " ", count: max(0, widths[index] - cell.unicodeScalars.count))
                }
            }
            text += "\n"
        }
        return text
    }

    func text(showsHeader: Bool = true) -> String {
        var widths: [Int] = []
        return text(showsHeader: showsHeader, widths: &widths)
    }

    /// Cells are one line; what would move the cursor or more is shown instead of obeyed.
    private static func shown(_ cell: String) -> String {
        guard let end = cell.unicodeScalars.firstIndex(where: { "\u{c}\n\r".unicodeScalars.contains($0) }) else {
            return TerminalText.escaped(cell)
        }
        return TerminalText.escaped(String(cell.unicodeScalars[..<end])) + "..."
    }
}
