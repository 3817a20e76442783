import PodLinux
import PodModel

/// One connection: takes one request, sends replies as the client reads them.
@MainActor
final class RequestSession {
    private let agent: Agent
    private let connection: UnixConnection
    private var registration: EventLoop.Registration?
    private var timer: TimerID?
    private var decoder = Frame.Decoder(limit: Frame.requestLimit)
    private var descriptors: [DescriptorBox] = []
    private var outgoing: [(bytes: ArraySlice<UInt8>, descriptors: [DescriptorBox])] = []
    private var isFinishing = false
    private var more: (() -> ControlReply?)?
    /// What the request left running, undone when the client goes away.
    private var cancel: () -> Void = {}
    private var hasRequest = false
    var onClose: (RequestSession) -> Void = { _ in }

    /// Nanoseconds a client has to send its request.
    private static let requestDeadline: Int64 = 10_000_000_000
    /// A client that doesn't read is cut off at this many bytes.
    private static let outgoingLimit = 64 << 20

    init(agent: Agent, connection: UnixConnection) throws {
        self.agent = agent
        self.connection = connection
        let loop = agent.host.loop
        registration = try loop.watch(connection.raw, .readable) { [weak self] events in self?.ready(events) }
        timer = loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: Self.requestDeadline)) { [weak self] in
            self?.timer = nil
            self?.close()
        }
    }

    // MARK: - Replies

    func send(_ reply: ControlReply, descriptors: [DescriptorBox] = []) {
        guard connection.box.isOpen else { return }
        append(reply, descriptors)
        flush()
    }

    private func append(_ reply: ControlReply, _ descriptors: [DescriptorBox] = []) {
        do {
            let frame = try Frame.encode(JSON.encode(reply), limit: Frame.replyLimit)
            outgoing.append((frame[...], descriptors))
        } catch {
            agent.host.log("send a reply: \(error)")
        }
    }

    /// Sends the replies that `next` makes, each when the client has read those before. One of kind `.done` or `.error`
    /// ends the request; nil ends only this.
    func stream(_ next: @escaping () -> ControlReply?) {
        more = next
        flush()
    }

    func finish(_ reply: ControlReply) {
        isFinishing = true
        cancel = {}
        send(reply)
    }

    func fail(_ error: any Error) {
        let text = (error as? RequestError)?.text ?? "\(error)"
        finish(ControlReply(kind: .error, message: text, exitCode: 1))
    }

    /// What to undo if the client goes away before the end.
    func onCancel(_ action: @escaping () -> Void) { cancel = action }

    private func flush() {
        do {
            while true {
                guard let next = outgoing.first else {
                    guard let more else { break }
                    guard let reply = more() else {
                        self.more = nil
                        break
                    }
                    if reply.kind == .done || reply.kind == .error {
                        self.more = nil
                        isFinishing = true
                    }
                    append(reply)
                    continue
                }
                guard let count = try connection.send(next.bytes, descriptors: next.descriptors.map(\.raw)) else {
                    try watch([.readable, .writable])
                    if outgoing.reduce(0, { $0 + $1.bytes.count }) > Self.outgoingLimit { close() }
                    return
                }
                if count == next.bytes.count {
                    outgoing.removeFirst()
                } else {
                    outgoing[0] = (next.bytes.dropFirst(count), [])
                }
            }
            if isFinishing { close() } else { try watch(.readable) }
        } catch {
            close()
        }
    }

    private func watch(_ events: ReadyEvents) throws {
        if let registration { try agent.host.loop.change(registration, to: events) }
    }

    // MARK: - The request

    private func ready(_ events: ReadyEvents) {
        if events.contains(.writable) { flush() }
        guard connection.box.isOpen, !events.isDisjoint(with: [.readable, .hangup, .error]) else { return }
        let received: UnixConnection.Received?
        do {
            received = try connection.receive(maxBytes: 64 << 10, maxDescriptors: 3)
        } catch {
            // ECONNRESET: the client died without reading all of its replies.
            return close()
        }
        guard let received else { return }
        if received.isEnd { return close() }
        // Bytes behind the request mean nothing.
        if hasRequest { return }
        do {
            descriptors += received.descriptors
            decoder.append(received.bytes)
            if let payload = try decoder.next() { try take(payload) }
        } catch {
            finish(ControlReply(kind: .error, message: "\(error)", exitCode: 1))
        }
    }

    private func take(_ payload: [UInt8]) throws {
        hasRequest = true
        if let timer { agent.host.loop.cancel(timer) }
        timer = nil
        let node = try JSON.node(payload)
        let header = try JSON.decode(ControlRequestHeader.self, from: node)
        // A command of any version may end the agent, to have one of its own version.
        let isShutdown = header.verb == ControlRequest.Verb.shutdown.rawValue
        guard header.version == ControlRequest.currentVersion || isShutdown else {
            throw RequestError(
                "this command speaks control protocol \(header.version), the running agent \(ControlRequest.currentVersion); "
                    + "end the agent with 'podrun agent --stop' (pods go on) and try again", reason: "BadRequest")
        }
        let request = try isShutdown ? ControlRequest(verb: .shutdown) : JSON.decode(ControlRequest.self, from: node)
        RequestHandler(agent: agent, session: self).handle(request, descriptors: descriptors)
        descriptors = []
    }

    func close() {
        guard connection.box.isOpen else { return }
        if let registration { agent.host.loop.unwatch(registration) }
        if let timer { agent.host.loop.cancel(timer) }
        connection.close()
        cancel()
        cancel = {}
        agent.unwatch(self)
        onClose(self)
    }
}
