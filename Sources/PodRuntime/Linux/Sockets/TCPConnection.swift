import CShim
import Glibc

/// A connection to a TCP port that is made while the loop does other things.
package final class TCPConnection {
    private let loop: EventLoop
    private let socket: DescriptorBox
    private var registration: EventLoop.Registration?

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - host: an IPv4 or IPv6 address in digits; nothing is looked up.
    ///   - handler: gets nil when the connection stands, else why it does not. Called once, unless ``close()`` is called
    ///     before.
    /// - Throws: what the kernel says at once; EINVAL when `host` is no address.
    package init(
        to host: String, port: UInt16, loop: EventLoop, _ handler: @escaping (SyscallError?) -> Void
    ) throws(SyscallError) {
        self.loop = loop
        let subject = "\(host):\(port)"
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found?.pointee else {
            throw SyscallError(call: "read address", subject: host, errno: EINVAL)
        }
        defer { freeaddrinfo(found) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = DescriptorBox(
            Descriptor(try check("socket", subject) { Glibc.socket(address.ai_family, type, 0) }))
        self.socket = socket
        try check("connect", subject, unless: EINPROGRESS) { connect(socket.raw, address.ai_addr, address.ai_addrlen) }
        registration = try loop.watch(socket.raw, .writable) { [weak self] _ in
            guard let self, self.registration != nil else { return }
            let errno = Self.pendingError(of: self.socket.raw)
            self.close()
            handler(errno == 0 ? nil : SyscallError(call: "connect", subject: subject, errno: errno))
        }
    }

    package func close() {
        if let registration { loop.unwatch(registration) }
        registration = nil
        socket.close()
    }

    private static func pendingError(of socket: Int32) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &size) == 0 ? value : errno
    }
}
