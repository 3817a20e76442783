import CShim
import Glibc

@testable import PodLinux

/// Runs code on a thread of its own in a fresh network namespace: the test process's stays as it is.
enum OwnNamespace {
    static let newNetwork: Int32 = 0x4000_0000

    fileprivate final class Work {
        let body: () throws -> Void
        var failure: (any Error)?

        init(_ body: @escaping () throws -> Void) { self.body = body }

        func perform() {
            do {
                try OwnNamespace.check(podrun_unshare(newNetwork))
                try body()
            } catch {
                failure = error
            }
        }
    }

    static func run(_ body: @escaping () throws -> Void) throws {
        let work = Work(body)
        var thread = pthread_t()
        pthread_create(&thread, nil, enterThread, Unmanaged.passUnretained(work).toOpaque())
        pthread_join(thread, nil)
        if let failure = work.failure { throw failure }
    }

    static func check(_ result: Int32) throws(SyscallError) {
        try PodLinux.check("namespace") { result }
    }

    static func routeSocket() throws -> DescriptorBox {
        DescriptorBox(Descriptor(try PodLinux.check("socket") { podrun_netlink_socket(PODRUN_NETLINK_ROUTE, 0, 0) }))
    }

    static func current() throws -> DescriptorBox {
        DescriptorBox(try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY))
    }

    private static func name(_ address: UInt32, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address.bigEndian
        return name
    }

    static func listen(port: UInt16) throws -> DescriptorBox {
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = name(0, port)
        try withUnsafePointer(to: &name) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try OwnNamespace.check(bind(fd, address, socklen_t(MemoryLayout<sockaddr_in>.size)))
            }
        }
        try OwnNamespace.check(Glibc.listen(fd, 8))
        return DescriptorBox(Descriptor(fd))
    }

    static func datagramSocket(from address: IPv4Address? = nil, port: UInt16) throws -> DescriptorBox {
        let fd = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var timeout = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var name = name(address?.rawValue ?? 0, port)
        try withUnsafePointer(to: &name) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                try OwnNamespace.check(bind(fd, address, socklen_t(MemoryLayout<sockaddr_in>.size)))
            }
        }
        return DescriptorBox(Descriptor(fd))
    }

    /// Sends one byte from an address of this namespace.
    static func send(_ byte: UInt8, from: IPv4Address, to: IPv4Address, port: UInt16) throws -> Bool {
        let socket = try datagramSocket(from: from, port: 0)
        var name = name(to.rawValue, port)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket.raw, [byte], 1, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 1
            }
        }
    }

    static func receive(_ socket: DescriptorBox) -> UInt8? {
        var byte: UInt8 = 0
        return recv(socket.raw, &byte, 1, 0) == 1 ? byte : nil
    }

    /// Whether a TCP connection comes about; a refusal is told at once, a port that is not forwarding yet within 10 s.
    static func connects(to address: IPv4Address, port: UInt16) -> Bool {
        let socket = Descriptor(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket.raw, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var name = name(address.rawValue, port)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket.raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<OwnNamespace.Work>.fromOpaque(argument).takeUnretainedValue().perform() }
    return nil
}
