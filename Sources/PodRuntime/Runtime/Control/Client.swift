import Glibc
import PodLinux
import PodModel
import PodPlanning

/// A command's way to the agent: one connection per request. Starts the agent when there is none.
package struct ControlClient {
    private let paths: HostPaths
    private let launcher: AgentLauncher

    package init(paths: HostPaths) {
        self.paths = paths
        launcher = AgentLauncher(paths: paths)
    }

    /// Sends a request. If the agent ends before it answered, the next agent gets the request again (apply and delete
    /// even after a part of the answer: they say the same thing twice without harm); not so an exec, copy, attach or debug,
    /// which may have been done, nor a watch: whoever watches has to look again at what there is.
    ///
    /// - Parameters:
    ///   - descriptors: go with the request; they stay open here.
    ///   - startsAgent: whether to start an agent when none answers; without it such a request throws `.noAgent`.
    package func send(
        _ request: ControlRequest, descriptors: [Int32] = [], startsAgent: Bool = true
    ) throws -> ControlSession {
        let frame = try Frame.encode(JSON.encode(request), limit: Frame.requestLimit)
        let session = try ControlSession(connection: connect(startsAgent: startsAgent), frame, descriptors)
        if startsAgent, ![.exec, .copy, .attach, .debug, .watch].contains(request.verb) {
            session.reconnect = { [self] in
                try ControlSession(connection: connect(startsAgent: true), frame, descriptors)
            }
            session.isResumable = request.verb == .apply || request.verb == .delete
        }
        return session
    }

    private func connect(startsAgent: Bool) throws -> UnixConnection {
        if let connection = try launcher.connectToRunning() { return connection }
        guard startsAgent else { throw ControlError.noAgent }
        return try launcher.start()
    }
}

/// The replies to one request.
package final class ControlSession {
    private var connection: UnixConnection
    private var decoder = Frame.Decoder(limit: Frame.replyLimit)
    private var descriptors: [DescriptorBox] = []
    private var hasReply = false
    private var resumptions = 0
    fileprivate var reconnect: (() throws -> ControlSession)?
    /// Whether the request may be sent again after a part of the answer came.
    fileprivate var isResumable = false
    private static let resumptionLimit = 3

    fileprivate init(connection: UnixConnection, _ frame: [UInt8], _ descriptors: [Int32]) throws {
        self.connection = connection
        var rest = frame[...]
        var passed = descriptors
        while !rest.isEmpty {
            let sent: Int?
            do throws(SyscallError) {
                sent = try connection.send(rest, descriptors: passed)
            } catch {
                // The agent may have answered without reading to the end: its words are better than "broken pipe".
                guard error.errno == EPIPE || error.errno == ECONNRESET else { throw error }
                break
            }
            rest = rest.dropFirst(sent ?? 0)
            passed = []
        }
    }

    /// For poll(2): readable when `receive()` has something or the agent is gone.
    package var raw: Int32 { connection.raw }

    /// The request was sent again after a part of the answer had come: that part may come again, and what it asked for
    /// may already be done.
    package private(set) var isResumed = false

    /// Whether a whole reply may already be here, so that poll(2) could wait for nothing.
    package var hasBufferedBytes: Bool { decoder.isPartial }

    package func close() { connection.close() }

    /// The next reply and the descriptors that came with it; waits for it.
    ///
    /// - Throws: `ControlError.lost` when the agent went away before the last reply.
    package func receive() throws -> (reply: ControlReply, descriptors: [DescriptorBox]) {
        while true {
            if let payload = try decoder.next() {
                let reply = try JSON.decode(ControlReply.self, from: payload)
                hasReply = true
                defer { descriptors = [] }
                return (reply, descriptors)
            }
            guard try fill() else {
                guard !hasReply || isResumable, resumptions < Self.resumptionLimit, let reconnect else {
                    throw ControlError.lost
                }
                resumptions += 1
                isResumed = hasReply
                connection.close()
                connection = try reconnect().connection
                decoder = Frame.Decoder(limit: Frame.replyLimit)
                continue
            }
        }
    }

    /// False at the end of the connection.
    private func fill() throws -> Bool {
        do throws(SyscallError) {
            guard let received = try connection.receive(maxBytes: 256 << 10, maxDescriptors: 4) else { return true }
            descriptors += received.descriptors
            decoder.append(received.bytes)
            return !received.isEnd
        } catch {
            guard error.errno == ECONNRESET else { throw error }
            return false
        }
    }
}

/// Why a command could not talk to the agent.
package enum ControlError: Error, CustomStringConvertible, Equatable {
    case noAgent
    case lost
    case start(String)

    package var description: String {
        switch self {
        case .noAgent: "no agent is running"
        case .lost: "the agent ended before it answered; pods are not affected, try the command again"
        case .start(let cause): "start the agent: \(cause)"
        }
    }
}
