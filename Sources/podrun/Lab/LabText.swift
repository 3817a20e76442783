/// The page that a lab prints, in lines of at most 80 columns. Pure.
struct LabText {
    static let width = 80
    /// Columns before the text of a paragraph; its label is in them.
    static let gutter = 8

    var ink: Ink

    /// A line across the page with the step's number and name in it.
    func heading(_ number: Int, of count: Int, _ title: String) -> String {
        let text = " \(number)/\(count)  \(title) "
        let line = String(repeating: "─", count: max(2, Self.width - 2 - text.count))
        return "\n" + ink(.cyan, "──") + ink(.bold, text) + ink(.cyan, line) + "\n"
    }

    /// Words filled below each other, beside their label.
    func paragraph(_ label: String, _ text: String) -> String {
        if text.isEmpty { return "\n" }
        let start = padded(label)
        let filled = HelpText.filled(text, after: start, indent: String(repeating: " ", count: Self.gutter))
        return ink(.dim, start) + filled.dropFirst(start.count)
    }

    /// Lines as they are, beside their label.
    func lines(_ label: String, _ lines: [String]) -> String {
        lines.enumerated().map { index, line in
            line.isEmpty && index > 0 ? "\n" : ink(.dim, padded(index == 0 ? label : "")) + line + "\n"
        }.joined()
    }

    private func padded(_ label: String) -> String {
        label + String(repeating: " ", count: max(1, Self.gutter - label.count))
    }
}

/// Rows of cells in columns, of which each may be coloured.
struct LabTable {
    struct Cell: Equatable, ExpressibleByStringInterpolation {
        var text: String
        var colour: Ink.Colour?

        init(_ text: String, _ colour: Ink.Colour? = nil) {
            self.text = text
            self.colour = colour
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    var rows: [[Cell]]
    private static let padding = 2

    init(_ rows: [[Cell]]) { self.rows = rows }

    func lines(_ ink: Ink) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.text.count)
            }
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell.colour.map { ink($0, cell.text) } ?? cell.text
                let rest = widths[index] - cell.text.count + Self.padding
                // Nothing at the end of a line.
                if row[(index + 1)...].contains(where: { !$0.text.isEmpty }) {
                    line += String(repeating: " ", count: rest)
                }
            }
            return line
        }
    }
}
