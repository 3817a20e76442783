import CShim

/// A client's end of what a keeper copies to it of a container's output (podrun_attach_type). Non-blocking: poll ``raw``
/// and call ``receive()`` until it gives `nil`.
package final class AttachedStreams {
    package enum Message {
        /// The first one. `input`: where the container's input goes, if it has one and it was asked for; non-blocking. Of a
        /// terminal it is the master: to be written to and resized.
        case begin(input: DescriptorBox?)
        case output(isError: Bool, ArraySlice<UInt8>)
        /// The container ended and this was all.
        case end
        /// Nothing more comes, and without `end` something may be missing: the keeper is gone, or let this client go because
        /// it was too far behind. Without `begin`: what was asked for does not run.
        case closed
    }

    private let connection: UnixConnection

    /// The container writes at most a pipe's worth at once.
    private static let messageLimit = (64 << 10) + 1

    private init(_ connection: UnixConnection) throws(SyscallError) {
        self.connection = connection
        try connection.setNonblocking()
    }

    /// A client's end, and the one that goes to the keeper.
    package static func pair() throws(SyscallError) -> (AttachedStreams, DescriptorBox) {
        let (client, keeper) = try UnixConnection.pair(kind: .seqpacket)
        return (try AttachedStreams(client), keeper.box)
    }

    package var raw: Int32 { connection.raw }

    package func receive() throws -> Message? {
        guard let message = try connection.receive(maxBytes: Self.messageLimit, maxDescriptors: 1) else { return nil }
        guard let type = message.bytes.first else { return .closed }
        switch podrun_attach_type(UInt32(type)) {
        case PODRUN_ATTACH_BEGIN: return .begin(input: message.descriptors.first)
        case PODRUN_ATTACH_STDOUT: return .output(isError: false, message.bytes.dropFirst())
        case PODRUN_ATTACH_STDERR: return .output(isError: true, message.bytes.dropFirst())
        case PODRUN_ATTACH_END: return .end
        default: throw KeeperError.malformed("attach type \(type)")
        }
    }
}
