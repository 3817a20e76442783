import Testing

@testable import podrun

struct RenderTests {
    @Test func tableIsAlignedAsKubectlsIs() {
        let table = Table(
            ["NAME", "READY", "STATUS"], rows: [["web", "1/1", "Running"], ["database", "0/1", "Error"]])
        #expect(
            table.text() == """
                NAME       READY   STATUS
                web        1/1     Running
                database   0/1     Error

                """)
    }

    @Test func laterRowsKeepTheColumns() {
        var widths: [Int] = []
        _ = Table(["NAME", "X"], rows: [["long-name", "1"]]).text(showsHeader: true, widths: &widths)
        #expect(
            Table(["NAME", "X"], rows: [["a", "1"]]).text(showsHeader: false, widths: &widths) == "a           1\n")
    }

    @Test func cellsCannotMoveTheCursor() {
        let table = Table(["A", "B"], rows: [["\u{1b}[2Jx", "two\nlines"]])
        #expect(table.text(showsHeader: false) == "^[[2Jx   two...\n")
    }

    @Test func columnsEndWhereALineHasNone() {
        let text = "a:\tx\nlonger:\ty\nTitle:\n  b:\tz\n  c d:\te \tf\n"
        #expect(
            ColumnText().aligned(text) == """
                a:       x
                longer:  y
                Title:
                  b:    z
                  c d:  e   f

                """)
    }

    @Test func terminalSeesColoursAndNothingElse() {
        var filter = TerminalText.LogFilter()
        func shown(_ text: String) -> String {
            String(decoding: filter.filtered(Array(text.utf8)), as: UTF8.self)
        }
        #expect(shown("\u{1b}[31mred\u{1b}[0m\tx\r\n") == "\u{1b}[31mred\u{1b}[0m\tx\n")
        #expect(shown("\u{1b}[2J\u{1b}]0;title\u{7}\u{0}\u{8}") == "^[[2J^[]0;title^G^@^H")
        #expect(shown("é\u{9b}2J") == "é?2J")
        #expect(shown("cut \u{1b}[3") == "cut ")
        #expect(shown("1mred") == "\u{1b}[31mred")
    }
}
