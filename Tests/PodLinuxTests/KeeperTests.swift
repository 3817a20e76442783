import CShim
import Glibc
import Testing

@testable import PodLinux

@Suite struct KeeperTests {
    private func event(_ type: podrun_event_type, _ change: (inout podrun_event) -> Void = { _ in }) -> [UInt8] {
        var event = podrun_event()
        event.magic = PODRUN_KEEPER_MAGIC
        event.type = type.rawValue
        change(&event)
        return withUnsafeBytes(of: event) { Array($0) }
    }

    @Test func runRequestCarriesProgramLogAndSlots() throws {
        let (near, far) = try UnixConnection.pair(kind: .seqpacket)
        let keeper = try KeeperConnection(near)
        let scratch = try Scratch()
        defer { scratch.remove() }
        let directory = try Directory(scratch.path)
        let pipe = try Descriptor.pipe()
        try keeper.run(
            id: 9, program: [1, 2, 3], slots: [pipe.read.raw],
            stdio: .log(KeeperLog(directory: directory.descriptor.raw, name: "0.log", maxBytes: 77, maxFiles: 3)))
        let message = try #require(try far.receive(maxBytes: 8192, maxDescriptors: 64))
        #expect(message.descriptors.count == 3)
        var whole = [UInt8](repeating: 0, count: MemoryLayout<podrun_request>.size)
        whole.replaceSubrange(0..<message.bytes.count, with: message.bytes)
        let request = whole.withUnsafeBytes { $0.loadUnaligned(as: podrun_request.self) }
        #expect(request.magic == PODRUN_KEEPER_MAGIC && request.type == PODRUN_REQUEST_RUN.rawValue)
        #expect(request.id == 9 && request.stdio == PODRUN_STDIO_LOG.rawValue && request.stdin_slot == PODRUN_NO_SLOT)
        #expect(request.log_max_bytes == 77 && request.log_max_files == 3)
        #expect(withUnsafeBytes(of: request.log_name) { Array($0.prefix(6)) } == Array("0.log\0".utf8))
        let program = message.descriptors[0]
        var read = [UInt8](repeating: 0, count: 8)
        #expect(pread(program.raw, &read, 8, 0) == 3 && read.prefix(3) == [1, 2, 3])
        #expect(write(program.raw, [0], 1) == -1, "the program is sealed")
    }

    @Test func eventsAreRead() throws {
        let (near, far) = try UnixConnection.pair(kind: .seqpacket)
        let keeper = try KeeperConnection(near)
        #expect(try keeper.receive() == nil)
        let pipe = try Descriptor.pipe()
        _ = try far.send(event(PODRUN_EVENT_HELLO) { $0.version = PODRUN_KEEPER_VERSION })
        _ = try far.send(
            event(PODRUN_EVENT_STARTED) { ($0.id, $0.pid, $0.realtime_ns) = (3, 42, 5) }, descriptors: [pipe.read.raw])
        _ = try far.send(event(PODRUN_EVENT_FAILED) { ($0.id, $0.op_index, $0.error) = (4, .max, ENOENT) })
        _ = try far.send(event(PODRUN_EVENT_EXITED) { ($0.id, $0.code, $0.status) = (3, CLD_KILLED_CODE, 9) })
        far.close()
        guard case .hello = try keeper.receive() else { throw KeeperError.malformed("hello") }
        guard case .started(3, 42, let pidfd, at: 5) = try keeper.receive() else {
            throw KeeperError.malformed("started")
        }
        #expect(pidfd.isOpen)
        guard case .failed(4, nil, ENOENT) = try keeper.receive() else { throw KeeperError.malformed("failed") }
        guard case .exited(3, CLD_KILLED_CODE, 9, _) = try keeper.receive() else {
            throw KeeperError.malformed("exited")
        }
        guard case .closed = try keeper.receive() else { throw KeeperError.malformed("closed") }
    }

    private let CLD_KILLED_CODE: Int32 = 2

    @Test(arguments: [[UInt8](), [1, 2, 3], [UInt8](repeating: 0, count: 72)])
    func malformedEventsAreRefused(_ bytes: [UInt8]) throws {
        let (near, far) = try UnixConnection.pair(kind: .seqpacket)
        let keeper = try KeeperConnection(near)
        if bytes.isEmpty {
            _ = try far.send(event(PODRUN_EVENT_STARTED) { $0.id = 1 })
        } else {
            _ = try far.send(bytes)
        }
        #expect(throws: KeeperError.self) { try keeper.receive() }
    }

    @Test func anotherVersionIsRefused() throws {
        let (near, far) = try UnixConnection.pair(kind: .seqpacket)
        let keeper = try KeeperConnection(near)
        _ = try far.send(event(PODRUN_EVENT_HELLO) { $0.version = 99 })
        #expect(throws: KeeperError.version(99)) { try keeper.receive() }
    }

    @Test func recordsSurviveATornTail() throws {
        var record = podrun_process_record()
        record.id = 5
        record.state = PODRUN_PROCESS_EXITED.rawValue
        (record.pid, record.code, record.status) = (77, 1, 3)
        (record.started_ns, record.finished_ns, record.start_ticks) = (10, 20, 30)
        var bytes = withUnsafeBytes(of: record) { Array($0) }
        #expect(bytes.count == 64)
        bytes += [UInt8](repeating: 0, count: 64)  // a free slot
        bytes += bytes.prefix(30)
        let scratch = try Scratch()
        defer { scratch.remove() }
        #expect(try ProcessRecords.read(directory: scratch.path) == [])
        try AtomicFile.write(scratch.file("processes"), bytes, durable: false)
        #expect(
            try ProcessRecords.read(directory: scratch.path) == [
                ProcessRecord(
                    id: 5, state: .exited(code: 1, status: 3), processID: 77, startedAt: 10, finishedAt: 20,
                    startTicks: 30)
            ])
    }

    @Test func base64IsDecoded() {
        func decoded(_ text: String) -> [UInt8] {
            Array(text.utf8).withUnsafeBufferPointer { Base64.decode($0) }
        }
        #expect(decoded("") == [])
        #expect(decoded("AA==") == [0])
        #expect(decoded("/+8=") == [0xff, 0xef])
        #expect(decoded("cG9kcnVu") == Array("podrun".utf8))
    }
}
