import CShim
import Glibc

/// Standard output and standard error.
enum Console {
    /// The reader of stdout is gone (`podrun get pods | head -1`): not an error, only the end.
    struct OutputClosed: Error {}

    static var isOutputTerminal: Bool { isatty(1) == 1 }

    /// For poll(2), which tells when the reader of a pipe goes away even if nothing is written; -1 where stdout is none.
    static var closedOutput: Int32 {
        var status = stat()
        return fstat(1, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO ? 1 : -1
    }

    static func print(_ text: String) throws(OutputClosed) {
        try write(Array(text.utf8))
    }

    static func write(_ bytes: [UInt8]) throws(OutputClosed) {
        guard write(bytes, to: 1) else { throw OutputClosed() }
    }

    /// Best effort: where would one complain?
    static func warn(_ text: String) {
        _ = write(Array((TerminalText.escaped(text) + "\n").utf8), to: 2)
    }

    /// False when nobody reads any more. A full disk or the like behind stdout is the same to us, but not silent.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                start += count
                continue
            }
            let error = errno
            switch error {
            case EINTR: continue
            case EAGAIN:
                // Somebody made the terminal or pipe non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            default:
                if error != EPIPE, descriptor == 1 {
                    warn("error: write to stdout: \(strerror(error).map { String(cString: $0) } ?? "errno \(error)")")
                    exit(1)
                }
                return false
            }
        }
        return true
    }
}

/// Waits for one of several descriptors.
enum Poll {
    /// - Returns: for each descriptor whether it is readable, closed or broken. -1 is never ready.
    static func wait(_ descriptors: [Int32], milliseconds: Int32 = -1) -> [Bool] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&entries, nfds_t(entries.count), milliseconds) < 0, errno == EINTR {}
        return entries.map { $0.revents != 0 }
    }
}

/// Signals taken from a descriptor instead of interrupting.
struct SignalQueue {
    let raw: Int32

    /// From now on these signals do nothing but make `raw` readable.
    init(_ signals: [Int32]) {
        raw = podrun_signalfd(signals.reduce(into: UInt64(0)) { $0 |= 1 << UInt64($1 - 1) })
    }

    /// The next signal, nil when none waits.
    func next() -> Int32? {
        var sender: Int32 = 0
        let signal = podrun_signalfd_read(raw, &sender)
        return signal > 0 ? signal : nil
    }
}
