import CShim
import Glibc

/// The two kinds of Unix sockets podrun speaks.
package enum UnixSocketKind: Sendable {
    /// The control socket: a byte stream.
    case stream
    /// Keeper sockets: whole messages in order.
    case seqpacket

    var number: Int32 {
        switch self {
        case .stream: PODRUN_STREAM
        case .seqpacket: PODRUN_SEQPACKET
        }
    }
}

/// Who is at the other end, as of its connect: SO_PEERCRED.
package struct PeerCredentials: Equatable, Sendable {
    package var processID: Int32
    package var userID: UInt32
    package var groupID: UInt32
}

/// A connected Unix socket that carries bytes and descriptors.
package final class UnixConnection {
    /// What one receive gave. No bytes at all is the peer's end.
    package struct Received {
        package var bytes: [UInt8]
        package var descriptors: [DescriptorBox]
        /// The message or its descriptors did not fit and a part is lost.
        package var isTruncated: Bool
        package var isEnd: Bool { bytes.isEmpty && descriptors.isEmpty }
    }

    package let box: DescriptorBox

    /// Takes over a connected socket.
    package init(_ descriptor: consuming Descriptor) {
        box = DescriptorBox(descriptor)
    }

    /// Connects, waiting for the listener's backlog; the socket is blocking until ``setNonblocking()``.
    package static func connect(to path: String, kind: UnixSocketKind) throws(SyscallError) -> UnixConnection {
        let address = try UnixAddress(path)
        return UnixConnection(
            Descriptor(try check("connect to", path) { podrun_unix_connect(kind.number, address.path) }))
    }

    /// Two ends connected with each other, both blocking.
    package static func pair(kind: UnixSocketKind) throws(SyscallError) -> (UnixConnection, UnixConnection) {
        var fds: [Int32] = [-1, -1]
        try check("socketpair") { podrun_socket_pair(kind.number, &fds) }
        return (UnixConnection(Descriptor(fds[0])), UnixConnection(Descriptor(fds[1])))
    }

    package var raw: Int32 { box.raw }

    package func close() { box.close() }

    package func setNonblocking(_ enabled: Bool = true) throws(SyscallError) {
        let raw = box.raw
        try check("fcntl") { podrun_set_nonblocking(raw, enabled ? 1 : 0) }
    }

    package func peer() throws(SyscallError) -> PeerCredentials {
        var peer = PeerCredentials(processID: 0, userID: 0, groupID: 0)
        try check("getsockopt SO_PEERCRED") {
            podrun_peer(box.raw, &peer.processID, &peer.userID, &peer.groupID)
        }
        return peer
    }

    /// Sends `bytes` with at most 253 descriptors, which stay open here. Descriptors go with the first byte.
    /// - Returns: how many bytes were taken; `nil` when a non-blocking socket is full (nothing was sent).
    package func send(
        _ bytes: some Collection<UInt8>, descriptors: [Int32] = []
    ) throws(SyscallError) -> Int? {
        let count = bytes.withContiguousStorageIfAvailable { sent($0, descriptors) }
        if let count { return try count.get() }
        return try Array(bytes).withUnsafeBufferPointer { sent($0, descriptors) }.get()
    }

    private func sent(_ bytes: UnsafeBufferPointer<UInt8>, _ fds: [Int32]) -> Result<Int?, SyscallError> {
        Result { () throws(SyscallError) -> Int? in
            try check("send", unless: EAGAIN) {
                podrun_send(box.raw, bytes.baseAddress, bytes.count, fds, fds.count, 0)
            }
        }
    }

    /// Receives one message (seqpacket) or what is there (stream), with up to `maxDescriptors` descriptors.
    /// - Returns: `nil` when a non-blocking socket has nothing yet.
    package func receive(maxBytes: Int, maxDescriptors: Int = 0) throws(SyscallError) -> Received? {
        var fds = [Int32](repeating: -1, count: max(1, maxDescriptors))
        var fdCount = 0
        var truncated: Int32 = 0
        var failure: SyscallError?
        var isEmpty = false
        let bytes = [UInt8](unsafeUninitializedCapacity: maxBytes) { buffer, count in
            do throws(SyscallError) {
                let received = try check("receive", unless: EAGAIN) {
                    fdCount = maxDescriptors
                    return podrun_receive(box.raw, buffer.baseAddress, maxBytes, &fds, &fdCount, &truncated)
                }
                isEmpty = received == nil
                count = received ?? 0
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if isEmpty { return nil }
        let boxes = fds.prefix(fdCount).map { DescriptorBox(Descriptor($0)) }
        return Received(bytes: bytes, descriptors: boxes, isTruncated: truncated != 0)
    }
}
