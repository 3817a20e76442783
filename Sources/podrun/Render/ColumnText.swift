/// Lines with tabs in them made into aligned columns, as Go's text/tabwriter does it for kubectl.
///
/// A cell is text that a tab ends. Neighbouring lines that have a cell in the same place share that column's width; a
/// line without one ends the column. What follows the last tab is not part of a column.
struct ColumnText {
    /// Least width of a column, its padding included.
    var minimumWidth = 0
    /// Spaces between a column's longest cell and the next column.
    var padding = 2

    func aligned(_ text: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false)
        }
        if lines.last.map({ $0.count == 1 && $0[0].isEmpty }) == true { lines.removeLast() }
        var output = ""
        format(lines[...], widths: [], into: &output)
        return output
    }

    private func format(_ lines: ArraySlice<[Substring]>, widths: [Int], into output: inout String) {
        let column = widths.count
        var unwritten = lines.startIndex
        var index = lines.startIndex
        while index < lines.endIndex {
            guard column < lines[index].count - 1 else {
                index += 1
                continue
            }
            write(lines[unwritten..<index], widths: widths, into: &output)
            unwritten = index
            var width = minimumWidth
            while index < lines.endIndex, column < lines[index].count - 1 {
                width = max(width, lines[index][column].unicodeScalars.count + padding)
                index += 1
            }
            format(lines[unwritten..<index], widths: widths + [width], into: &output)
            unwritten = index
        }
        write(lines[unwritten...], widths: widths, into: &output)
    }

    private func write(_ lines: ArraySlice<[Substring]>, widths: [Int], into output: inout String) {
        for line in lines {
            for (index, cell) in line.enumerated() {
                output += cell
                if index < widths.count {
                    output += String(repeating: " ", count: max(0, widths[index] - cell.unicodeScalars.count))
                }
            }
            output += "\n"
        }
    }
}
