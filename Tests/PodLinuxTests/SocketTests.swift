import CShim
import Glibc
import Testing

@testable import PodLinux

@Suite struct SocketTests {
    @Test func descriptorsTravelWithTheirMessage() throws {
        let (left, right) = try UnixConnection.pair(kind: .seqpacket)
        let pipe = try Descriptor.pipe()
        #expect(try left.send([7, 8, 9], descriptors: [pipe.read.raw, pipe.write.raw]) == 3)
        let message = try #require(try right.receive(maxBytes: 16, maxDescriptors: 2))
        #expect(message.bytes == [7, 8, 9])
        #expect(message.descriptors.count == 2 && !message.isTruncated)
        message.descriptors[1].put(42)
        var byte: UInt8 = 0
        #expect(read(pipe.read.raw, &byte, 1) == 1 && byte == 42)
        #expect(fcntl(message.descriptors[0].raw, F_GETFD) == FD_CLOEXEC)
    }

    @Test func surplusDescriptorsAreClosedAndToldOf() throws {
        let (left, right) = try UnixConnection.pair(kind: .stream)
        let pipe = try Descriptor.pipe()
        let fds = [Int32](repeating: pipe.read.raw, count: 5)
        #expect(try left.send([1], descriptors: fds) == 1)
        pipe.read.close()
        var message = try right.receive(maxBytes: 16, maxDescriptors: 1)
        #expect(message?.descriptors.count == 1)
        #expect(message?.isTruncated == true)
        message = nil
        // All copies are closed: the write end has no reader left.
        signal(SIGPIPE, SIG_IGN)
        #expect(write(pipe.write.raw, [0], 1) == -1)
    }

    @Test func emptyAndEndAreTold() throws {
        let (left, right) = try UnixConnection.pair(kind: .stream)
        try right.setNonblocking()
        #expect(try right.receive(maxBytes: 16) == nil)
        left.close()
        #expect(try right.receive(maxBytes: 16)?.isEnd == true)
    }

    @Test func fullSocketTakesNothing() throws {
        let (left, _right) = try UnixConnection.pair(kind: .stream)
        try left.setNonblocking()
        let chunk = [UInt8](repeating: 1, count: 65536)
        var sent = 0
        while let count = try left.send(chunk) { sent += count }
        #expect(sent > 0)
        _right.close()
        #expect(throws: SyscallError(call: "send", subject: "", errno: EPIPE)) { try left.send(chunk) }
    }

    @Test(arguments: [UnixSocketKind.stream, .seqpacket])
    func listenerIsPrivateAndNamesItsPeer(_ kind: UnixSocketKind) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        // Longer than sun_path, as a run directory below a long temporary path is.
        let deep = scratch.file(String(repeating: "d", count: 100))
        try Directory.make(deep)
        let path = deep + "/s"
        let listener = try UnixListener(path: path, kind: kind)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
        #expect(try listener.accept() == nil)
        let client = try UnixConnection.connect(to: path, kind: kind)
        let server = try #require(try listener.accept())
        #expect(try server.peer() == PeerCredentials(processID: getpid(), userID: getuid(), groupID: getgid()))
        _ = try client.send([5])
        #expect(try server.receive(maxBytes: 4)?.bytes == [5])
        // A second listener takes over the name of a dead one.
        listener.box.close()
        #expect(throws: SyscallError(call: "connect to", subject: path, errno: ECONNREFUSED)) {
            try UnixConnection.connect(to: path, kind: kind)
        }
        let next = try UnixListener(path: path, kind: kind)
        _ = try UnixConnection.connect(to: path, kind: kind)
        next.remove()
        #expect(access(path, F_OK) == -1)
    }
}
