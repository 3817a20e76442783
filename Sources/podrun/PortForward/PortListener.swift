import CShim
import Glibc
import PodLinux

/// A TCP port of this host that waits for clients.
struct PortListener {
    let socket: DescriptorBox
    /// `127.0.0.1` or `::1`.
    let address: String
    let port: UInt16

    /// `127.0.0.1:8080` or `[::1]:8080`.
    var text: String { Self.text(address, port) }

    private static func text(_ address: String, _ port: UInt16) -> String {
        address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    /// - Parameters:
    ///   - address: digits; nothing is looked up.
    ///   - port: 0 is any that is free.
    init(address: String, port: UInt16) throws(SyscallError) {
        let subject = Self.text(address, port)
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, String(port), &hints, &found) == 0, let host = found?.pointee else {
            throw SyscallError(call: "read address", subject: address, errno: EINVAL)
        }
        defer { freeaddrinfo(found) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = DescriptorBox(Descriptor(try check("socket", subject) { Glibc.socket(host.ai_family, type, 0) }))
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if host.ai_family == AF_INET6 { setsockopt(socket.raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
        try check("bind", subject) { bind(socket.raw, host.ai_addr, host.ai_addrlen) }
        try check("listen", subject) { listen(socket.raw, 128) }
        self.socket = socket
        self.address = address
        self.port = port == 0 ? try Self.port(of: socket.raw) : port
    }

    private static func port(of socket: Int32) throws(SyscallError) -> UInt16 {
        // The port is at the same place in both families' addresses.
        var storage = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        try check("getsockname") {
            withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
            }
        }
        return UInt16(bigEndian: storage.sin6_port)
    }

    /// The next client; nil when none waits.
    func accept() throws(SyscallError) -> DescriptorBox? {
        let client = try check("accept", text, unless: EAGAIN, ECONNABORTED) { podrun_accept(socket.raw) }
        return client.map { DescriptorBox(Descriptor($0)) }
    }
}
