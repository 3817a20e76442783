import Glibc
import PodLinux

/// One connection of a client to a port of a pod: bytes both ways until both sides have said all.
@MainActor
final class PortRelay {
    /// Bytes of one way that were read and not yet written.
    private struct Way {
        var unsent: ArraySlice<UInt8> = []
        /// The reader has seen the end.
        var hasEnded = false
        /// The writer knows of it.
        var isShut = false

        var wantsBytes: Bool { !hasEnded && unsent.isEmpty }
        var isDone: Bool { hasEnded && isShut }
    }

    private final class Side {
        let socket: DescriptorBox
        var registration: EventLoop.Registration?
        var events: ReadyEvents = []

        init(_ socket: DescriptorBox) { self.socket = socket }
    }

    private let loop: EventLoop
    private let loopback: PodLoopback
    private let port: UInt16
    private let client: Side
    private var pod: Side?
    private var toPod = Way()
    private var toClient = Way()
    private var isConnecting = true
    private let onEnd: (PortRelay, SyscallError?) -> Void
    private var block = [UInt8](repeating: 0, count: 32 << 10)

    /// - Parameters:
    ///   - client: an accepted socket.
    ///   - onEnd: called once, with the reason when no connection came about.
    init(
        client: DescriptorBox, to port: UInt16, of loopback: PodLoopback, loop: EventLoop,
        onEnd: @escaping (PortRelay, SyscallError?) -> Void
    ) {
        self.client = Side(client)
        self.port = port
        self.loopback = loopback
        self.loop = loop
        self.onEnd = onEnd
        connect([AF_INET, AF_INET6][...], nil)
    }

    /// To the first of these families' loopback that takes it; the first failure is the one to tell.
    private func connect(_ families: ArraySlice<Int32>, _ failure: SyscallError?) {
        guard let family = families.first else { return end(failure) }
        do throws(SyscallError) {
            let side = Side(try loopback.connect(to: port, family: family))
            pod = side
            try watch(side, .writable) { [weak self] in self?.connected(families.dropFirst(), failure) }
        } catch {
            connect(families.dropFirst(), failure ?? error)
        }
    }

    private func connected(_ others: ArraySlice<Int32>, _ failure: SyscallError?) {
        guard isConnecting, let pod else { return }
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let isKnown = getsockopt(pod.socket.raw, SOL_SOCKET, SO_ERROR, &value, &size) == 0
        unwatch(pod)
        guard isKnown, value == 0 else {
            pod.socket.close()
            return connect(others, failure ?? SyscallError(call: "connect", subject: "", errno: value))
        }
        isConnecting = false
        pump()
    }

    /// Whether it has not ended yet.
    var isOpen: Bool { client.socket.isOpen }

    /// Ends it from outside: nobody is told.
    func close() {
        for side in [client, pod].compactMap({ $0 }) {
            unwatch(side)
            side.socket.close()
        }
        pod = nil
    }

    private func end(_ failure: SyscallError?) {
        guard client.socket.isOpen else { return }
        close()
        onEnd(self, failure)
    }

    // MARK: - Bytes

    private func pump() {
        guard let pod, !isConnecting else { return }
        guard move(&toPod, from: client, to: pod), move(&toClient, from: pod, to: client) else { return end(nil) }
        if toPod.isDone, toClient.isDone { return end(nil) }
        do throws(SyscallError) {
            try watch(client, wanted(reading: toPod, writing: toClient)) { [weak self] in self?.pump() }
            try watch(pod, wanted(reading: toClient, writing: toPod)) { [weak self] in self?.pump() }
        } catch {
            end(error)
        }
    }

    private func wanted(reading: Way, writing: Way) -> ReadyEvents {
        var events: ReadyEvents = reading.wantsBytes ? .readable : []
        if !writing.unsent.isEmpty { events.insert(.writable) }
        return events
    }

    /// As much as goes at once; false when a connection broke.
    private func move(_ way: inout Way, from: Side, to: Side) -> Bool {
        while true {
            if !way.unsent.isEmpty {
                let count = way.unsent.withUnsafeBytes {
                    send(to.socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0 { return errno == EAGAIN || errno == EINTR }
                way.unsent = way.unsent.dropFirst(count)
                continue
            }
            if way.hasEnded {
                if !way.isShut { shutdown(to.socket.raw, Int32(SHUT_WR)) }
                way.isShut = true
                return true
            }
            let count = recv(from.socket.raw, &block, block.count, 0)
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            way.hasEnded = count == 0
            way.unsent = block[..<count]
        }
    }

    // MARK: - Watching

    /// A socket of which nothing is wanted is not watched at all: its hangup would be reported without end.
    private func watch(_ side: Side, _ events: ReadyEvents, _ handler: @escaping () -> Void) throws(SyscallError) {
        guard events != side.events else { return }
        if events.isEmpty { return unwatch(side) }
        if let registration = side.registration {
            try loop.change(registration, to: events)
        } else {
            side.registration = try loop.watch(side.socket.raw, events) { _ in handler() }
        }
        side.events = events
    }

    private func unwatch(_ side: Side) {
        if let registration = side.registration { loop.unwatch(registration) }
        side.registration = nil
        side.events = []
    }
}
