import Glibc
import PodLinux
import PodModel
import PodRuntime

extension Verbs {
    /// - Returns: the command's own exit code.
    func exec(_ options: ExecOptions) throws -> Int32 {
        // As kubectl: without keys to pass on there is nothing a terminal is good for.
        let isTerminal = options.tty && options.stdin && isatty(0) == 1
        if options.tty, options.stdin, !isTerminal {
            Console.warn("Unable to use a TTY - input is not a terminal or the right kind of file")
        }
        let size = isTerminal ? TerminalSize.current() : nil
        let exec = ExecRequest(
            container: options.container ?? "", command: options.command, stdin: options.stdin, tty: isTerminal,
            rows: size?.rows ?? 0, columns: size?.columns ?? 0)
        let request = ControlRequest(verb: .exec, namespace: options.namespace, names: [options.pod], exec: exec)
        let session = try client.send(request, descriptors: [0, 1, 2])
        while true {
            let (reply, descriptors) = try session.receive()
            switch reply.kind {
            case .started:
                guard isTerminal, let terminal = descriptors.first else { continue }
                return try TerminalRelay(session: session, remote: terminal).run()
            case .exited: return Int32(clamping: reply.exitCode)
            case .warning: if !options.quiet { Console.warn("Warning: \(reply.message)") }
            case .error: throw CommandFailure(reply)
            case .done: return 0
            default: break
            }
        }
    }
}

/// Character cells of the terminal on stdout or stdin.
struct TerminalSize: Equatable {
    var rows: Int
    var columns: Int

    static func current() -> TerminalSize? {
        for descriptor in [1, 0, 2] as [Int32] {
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 {
                return TerminalSize(rows: Int(size.ws_row), columns: Int(size.ws_col))
            }
        }
        return nil
    }

    /// Tells the other side; the kernel sends SIGWINCH to what runs there.
    func set(on terminal: Int32) {
        var size = winsize(
            ws_row: UInt16(clamping: rows), ws_col: UInt16(clamping: columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
    }
}

/// Puts the user's terminal and the command's together: bytes both ways, size changes, and the terminal's old mode back
/// at the end, whatever the end is.
@MainActor
struct TerminalRelay {
    private let session: ControlSession
    private let remote: DescriptorBox
    /// -1 once it has ended.
    private var input: Int32 = 0
    /// What is still to be written to the command.
    private var unsent: ArraySlice<UInt8> = []
    private var exitCode: Int32?

    private static let endOfFile: UInt8 = 4

    init(session: ControlSession, remote: DescriptorBox) {
        self.session = session
        self.remote = remote
    }

    /// - Returns: the command's exit code.
    consuming func run() throws -> Int32 {
        var relay = self
        // Taken from a queue, so that the terminal is put back before any of them ends us.
        let signals = SignalQueue([SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP])
        let mode = RawMode(of: 0)
        defer { mode?.restore() }
        _ = fcntl(relay.remote.raw, F_SETFL, O_NONBLOCK)
        while true {
            if let code = try relay.step(signals) { return code }
        }
    }

    /// One round of waiting and copying; the exit code at the end.
    private mutating func step(_ signals: SignalQueue) throws -> Int32? {
        // No more keys are read while the command does not take the last ones.
        let keys = unsent.isEmpty ? input : -1
        let ready = wait(keys: keys, signals: signals.raw)
        if ready.signals, let signal = signals.next() {
            if signal != SIGWINCH { return 128 + signal }
            TerminalSize.current()?.set(on: remote.raw)
        }
        if ready.keys { readKeys() }
        if !unsent.isEmpty { sendKeys() }
        if ready.remote { try showOutput() }
        if ready.session || session.hasBufferedBytes, exitCode == nil { try takeReply() }
        guard let exitCode else { return nil }
        // What the command wrote last may still be in the terminal.
        try showOutput()
        return exitCode
    }

    private func wait(keys: Int32, signals: Int32) -> (keys: Bool, remote: Bool, session: Bool, signals: Bool) {
        let remoteEvents = POLLIN | (unsent.isEmpty ? 0 : POLLOUT)
        var entries = [
            pollfd(fd: keys, events: Int16(POLLIN), revents: 0),
            pollfd(fd: remote.raw, events: Int16(remoteEvents), revents: 0),
            pollfd(fd: session.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&entries, nfds_t(entries.count), -1) < 0, errno == EINTR {}
        return (
            entries[0].revents != 0, entries[1].revents & ~Int16(POLLOUT) != 0, entries[2].revents != 0,
            entries[3].revents != 0
        )
    }

    private mutating func readKeys() {
        var block = [UInt8](repeating: 0, count: 4096)
        let count = read(input, &block, block.count)
        if count > 0 {
            unsent += block[..<count]
        } else if count == 0 || errno != EINTR {
            // The terminal is gone: the command learns it as if Ctrl-D had been pressed.
            unsent.append(Self.endOfFile)
            input = -1
        }
    }

    private mutating func sendKeys() {
        let count = unsent.withUnsafeBytes { write(remote.raw, $0.baseAddress, $0.count) }
        if count > 0 { unsent = unsent.dropFirst(count) }
        if count < 0, errno != EAGAIN, errno != EINTR { unsent = [] }
    }

    /// Shows what is there. EIO is the end: nothing has the command's side open any more.
    private mutating func showOutput() throws {
        var block = [UInt8](repeating: 0, count: 32 << 10)
        while remote.isOpen {
            let count = read(remote.raw, &block, block.count)
            if count > 0 {
                try Console.write(Array(block[..<count]))
            } else {
                if count == 0 || (errno != EAGAIN && errno != EINTR) { remote.close() }
                return
            }
        }
    }

    private mutating func takeReply() throws {
        let reply = try session.receive().reply
        switch reply.kind {
        case .exited: exitCode = Int32(clamping: reply.exitCode)
        case .error: throw CommandFailure(reply)
        case .done: exitCode = 0
        default: break
        }
    }
}

/// A terminal that gives every key as it is, until `restore()`.
struct RawMode {
    private let descriptor: Int32
    private let saved: termios

    /// nil if `descriptor` is no terminal.
    init?(of descriptor: Int32) {
        var mode = termios()
        guard tcgetattr(descriptor, &mode) == 0 else { return nil }
        self.descriptor = descriptor
        saved = mode
        cfmakeraw(&mode)
        tcsetattr(descriptor, TCSADRAIN, &mode)
    }

    func restore() {
        var mode = saved
        tcsetattr(descriptor, TCSADRAIN, &mode)
    }
}
