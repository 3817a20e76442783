import Glibc

/// Asks on the terminal without showing what is typed.
enum Password {
    /// nil when there is no terminal, or nothing was typed.
    static func ask(_ prompt: String) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var saved = termios()
        guard tcgetattr(terminal, &saved) == 0 else { return nil }
        var silent = saved
        silent.c_lflag &= ~tcflag_t(ECHO)
        // Ctrl-C must not leave the terminal silent; the shell mends it, but the user would not know.
        silent.c_lflag &= ~tcflag_t(ISIG)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { tcsetattr(terminal, TCSAFLUSH, &saved) }
        write(prompt, to: terminal)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(terminal, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            // Ctrl-C and Ctrl-D.
            if byte == 3 || byte == 4 { line = []; break }
            line.append(byte)
        }
        write("\n", to: terminal)
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private static func write(_ text: String, to terminal: Int32) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(terminal, $0.baseAddress, $0.count) }
    }
}
