import Glibc
import PodLinux

/// Lines at the bottom of a terminal that are drawn again and again, below lines that stay.
@MainActor
final class LiveLines {
    /// Nanoseconds between two drawings; what is shown in between is not read anyway.
    private static let interval: Int64 = 100_000_000

    private var drawn = 0
    private var lastDrawn: MonotonicInstant?

    private init() {}

    /// nil where lines can't be drawn again, or should not: stdout is no terminal, TERM=dumb, NO_COLOR.
    static func onTerminal() -> LiveLines? {
        guard Console.isOutputTerminal, getenv("NO_COLOR") == nil, let terminal = getenv("TERM"),
            !["", "dumb"].contains(String(cString: terminal))
        else { return nil }
        return LiveLines()
    }

    /// Draws what `lines` gives for a terminal's width, unless that was done just before.
    func show(_ lines: (_ width: Int) -> [String]) {
        let now = Clock.monotonic()
        if let lastDrawn, now.nanoseconds(since: lastDrawn) < Self.interval { return }
        lastDrawn = now
        try? draw(staying: [], lines)
    }

    /// Puts `staying` above what is drawn again, at once.
    func draw(staying: [String], _ lines: (_ width: Int) -> [String]) throws {
        let size = TerminalSize.current() ?? TerminalSize(rows: 24, columns: 80)
        // A line that wraps, or more lines than rows, could not be found again. One column stays free: some terminals
        // wrap after the last.
        let live = lines(size.columns - 1).prefix(max(0, size.rows - 1))
        var text = Self.eraser(drawn)
        for line in staying { text += TerminalText.escaped(line) + "\n" }
        for line in live { text += String(TerminalText.escaped(line).prefix(size.columns - 1)) + "\n" }
        drawn = live.count
        try Console.print(text)
    }

    /// Takes the lines away that are drawn again.
    func finish() throws {
        try draw(staying: []) { _ in [] }
        lastDrawn = nil
    }

    /// Up to the first of them, then everything below is cleared.
    private static func eraser(_ count: Int) -> String { count == 0 ? "" : "\u{1b}[\(count)A\r\u{1b}[J" }
}
