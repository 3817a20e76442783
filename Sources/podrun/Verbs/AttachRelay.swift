import Glibc
import PodLinux

/// Puts the user's streams and an attached container's together, until the container ends or the user goes.
///
/// The container's output is always taken, also while the user's terminal is slow: a keeper lets a client go that makes the
/// container wait for too long.
@MainActor
struct AttachRelay {
    private let streams: AttachedStreams
    /// The user's terminal gives every key as it is.
    private let isTerminal: Bool
    /// The end of the user's input is the end of all (the kubelet's way); otherwise only the container's input ends.
    private let endsWithInput: Bool
    /// -1 once it has ended, or nobody wants it.
    private var keys: Int32 = -1
    /// The container's; nil once it has ended.
    private var input: DescriptorBox?
    /// What is still to be written to the container.
    private var unsent: ArraySlice<UInt8> = []
    private var unshown = Backlog()
    private var state = State.attached

    private enum State {
        case attached
        /// By the user's end of input.
        case detached
        case ended
        case lost
    }

    init(streams: AttachedStreams, isTerminal: Bool, endsWithInput: Bool) {
        self.streams = streams
        self.isTerminal = isTerminal
        self.endsWithInput = endsWithInput
    }

    /// - Returns: false if the connection was lost before the container ended.
    consuming func run() throws -> Bool {
        var relay = self
        // Taken from a queue, so that the terminal is put back before any of them ends us.
        let signals = relay.isTerminal ? SignalQueue([SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]) : nil
        let mode = relay.isTerminal ? RawMode(of: 0) : nil
        defer { mode?.restore() }
        while relay.state == .attached || !relay.unshown.isEmpty {
            let ready = relay.wait(signals: signals?.raw ?? -1)
            if ready.signals, let signal = signals?.next() {
                if signal != SIGWINCH { throw CommandFailure("", exitCode: 128 + signal) }
                relay.resize(by: 0)
            }
            if ready.keys { relay.readKeys() }
            relay.sendKeys()
            if ready.output { try relay.takeOutput() }
            if ready.shown { try relay.unshown.show() }
        }
        return relay.state != .lost
    }

    private func wait(signals: Int32) -> (keys: Bool, output: Bool, shown: Bool, signals: Bool) {
        // No more keys are read while the container does not take the last ones.
        let isAttached = state == .attached
        var entries = [
            pollfd(fd: unsent.isEmpty && isAttached ? keys : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isAttached && !unshown.isFull ? streams.raw : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: unshown.descriptor, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: unsent.isEmpty ? -1 : input?.raw ?? -1, events: Int16(POLLOUT), revents: 0),
        ]
        while poll(&entries, nfds_t(entries.count), -1) < 0, errno == EINTR {}
        return (
            entries[0].revents != 0, entries[1].revents != 0, entries[2].revents != 0, entries[3].revents != 0
        )
    }

    // MARK: - Input

    private mutating func begin(_ input: DescriptorBox?) {
        self.input = input
        guard input != nil else { return }
        keys = 0
        // One cell more and back, so that what runs there draws its screen again.
        if isTerminal {
            resize(by: 1)
            resize(by: 0)
        }
    }

    private func resize(by cells: Int) {
        guard isTerminal, let input, let size = TerminalSize.current() else { return }
        TerminalSize(rows: size.rows + cells, columns: size.columns + cells).set(on: input.raw)
    }

    private mutating func readKeys() {
        var block = [UInt8](repeating: 0, count: 4096)
        let count = read(keys, &block, block.count)
        if count > 0 {
            unsent += block[..<count]
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            keys = -1
            endInput()
        }
    }

    private mutating func sendKeys() {
        guard !unsent.isEmpty, let input else { return }
        let count = unsent.withUnsafeBytes { write(input.raw, $0.baseAddress, $0.count) }
        if count > 0 { unsent = unsent.dropFirst(count) }
        if count < 0, errno != EAGAIN, errno != EINTR {
            // The container reads no more.
            unsent = []
            keys = -1
            self.input = nil
        }
    }

    /// Called when all that was typed is sent: keys are read only then.
    private mutating func endInput() {
        input = nil
        if endsWithInput { state = .detached }
    }

    // MARK: - Output

    private mutating func takeOutput() throws {
        while !unshown.isFull, let message = try streams.receive() {
            switch message {
            case .begin(let input): begin(input)
            case .output(let isError, let bytes): unshown.append(bytes, to: isError ? 2 : 1)
            case .end:
                state = .ended
                return
            case .closed:
                state = .lost
                return
            }
        }
    }
}

/// Output that the user's side has not taken yet, in order.
private struct Backlog {
    private var parts: ArraySlice<(descriptor: Int32, bytes: ArraySlice<UInt8>)> = []
    private var size = 0

    private static let limit = 64 << 20
    /// Bytes that a pipe takes at once when it says that it takes any.
    private static let blockSize = 4096

    var isEmpty: Bool { parts.isEmpty }
    var isFull: Bool { size >= Self.limit }
    /// Where the next bytes go; -1 when there are none.
    var descriptor: Int32 { parts.first?.descriptor ?? -1 }

    mutating func append(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        if bytes.isEmpty { return }
        parts.append((descriptor, bytes))
        size += bytes.count
    }

    /// Writes one block; to be called when `descriptor` is ready for it.
    ///
    /// - Throws: `Console.OutputClosed` when nobody reads stdout any more.
    mutating func show() throws(Console.OutputClosed) {
        guard let part = parts.first else { return }
        let count = part.bytes.prefix(Self.blockSize).withUnsafeBytes {
            write(part.descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        if count < 0, part.descriptor == 1 { throw Console.OutputClosed() }
        let taken = count < 0 ? part.bytes.count : count
        size -= taken
        if taken == part.bytes.count {
            parts.removeFirst()
            // An emptied slice would keep all that was ever in it.
            if parts.isEmpty { parts = [] }
        } else {
            parts[parts.startIndex].bytes = part.bytes.dropFirst(taken)
        }
    }
}
