import Glibc

/// Asks on the terminal without showing what is typed.
enum Password {
    /// nil when there is no terminal.
    ///
    /// - Throws: `CommandFailure` when nothing was typed, or Ctrl-C.
    static func ask(_ prompt: String) throws(CommandFailure) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var saved = termios()
        guard tcgetattr(terminal, &saved) == 0 else { return nil }
        var silent = saved
        // Ctrl-C comes as a key, so that it can't leave the terminal silent; then the line's editing is ours too.
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { tcsetattr(terminal, TCSAFLUSH, &saved) }
        write(prompt, to: terminal)
        let line = line(from: terminal)
        write("\n", to: terminal)
        guard let line, !line.isEmpty else { throw CommandFailure("no password was given") }
        return String(decoding: line, as: UTF8.self)
    }

    /// nil when it was given up.
    private static func line(from terminal: Int32) -> [UInt8]? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(terminal, &byte, 1) == 1 {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return line
            case 3, 4: return nil  // Ctrl-C, Ctrl-D
            case 8, 127: line = Array(line.dropLast())
            case 21: line = []  // Ctrl-U
            default: line.append(byte)
            }
        }
        return nil
    }

    private static func write(_ text: String, to terminal: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, $0.count) }
    }
}
