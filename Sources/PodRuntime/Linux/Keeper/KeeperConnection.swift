import CShim
import Glibc

/// Where 0, 1 and 2 of a process come from.
package enum KeeperStdio {
    case null
    /// Slot numbers of the program; `nil` is /dev/null.
    case slots(stdin: UInt32?, stdout: UInt32?, stderr: UInt32?)
    case log(KeeperLog)
    /// Standard input is a pipe for clients that attach; with `once` it ends with the first of them.
    case interactiveLog(KeeperLog, once: Bool)
    /// The pty that OP_CONSOLE makes feeds the log.
    case terminalLog(KeeperLog)
}

/// Where the keeper writes a container's CRI log.
package struct KeeperLog {
    /// The open log directory; stays the caller's.
    package var directory: Int32
    /// File name of at most 63 bytes: `0.log`.
    package var name: String
    /// Rotation threshold in bytes; 0 never rotates.
    package var maxBytes: UInt64
    /// Files kept, the live one included.
    package var maxFiles: UInt32

    package init(directory: Int32, name: String, maxBytes: UInt64 = 10 << 20, maxFiles: UInt32 = 5) {
        self.directory = directory
        self.name = name
        self.maxBytes = maxBytes
        self.maxFiles = maxFiles
    }
}

/// What a keeper says. Times are nanoseconds since 1970; pids are the host's.
package enum KeeperEvent {
    case hello(version: UInt32)
    /// Adoption: a process that was started before this connection and is alive.
    case live(id: UInt64, processID: Int32, pidfd: DescriptorBox)
    /// Every live process was named.
    case ready
    /// A descriptor that an op of the program made (netlink socket, pty master).
    case returned(id: UInt64, tag: UInt32, descriptor: DescriptorBox)
    case started(id: UInt64, processID: Int32, pidfd: DescriptorBox, at: UInt64)
    /// Nothing of the process is left. `opIndex` is `nil` when the request was refused or clone failed.
    case failed(id: UInt64, opIndex: UInt32?, errno: Int32)
    /// `code` is si_code; `status` the exit code or the signal's number.
    case exited(id: UInt64, code: Int32, status: Int32, at: UInt64)
    /// `root`: the tmpfs's root directory.
    case mounted(id: UInt64, root: DescriptorBox)
    /// The keeper closed the connection: it ended, or serves a newer one.
    case closed
}

package enum KeeperError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case version(UInt32)
    case tooLong(String)
    case busy

    package var description: String {
        switch self {
        case .malformed(let what): "keeper sent a malformed message: \(what)"
        case .version(let version): "keeper speaks protocol version \(version), not \(PODRUN_KEEPER_VERSION)"
        case .tooLong(let text): "\"\(text)\" is too long for a keeper request"
        case .busy: "keeper does not take requests: its socket is full"
        }
    }
}

/// The agent's end of one keeper's socket. Non-blocking: watch ``raw`` and call ``receive()`` until it gives `nil`.
package final class KeeperConnection {
    private let connection: UnixConnection

    package init(_ connection: UnixConnection) throws(SyscallError) {
        self.connection = connection
        try connection.setNonblocking()
    }

    /// Connects to a keeper that listens already, which a spawned one does before it runs.
    package static func connect(in directory: String) throws(SyscallError) -> KeeperConnection {
        try KeeperConnection(UnixConnection.connect(to: KeeperProcess.socket(in: directory), kind: .seqpacket))
    }

    package var raw: Int32 { connection.raw }

    package func close() { connection.close() }

    /// Asks for a process. `program` is an encoded child program, `slots` its passed descriptors in order; all stay
    /// the caller's. `isTraced`: the keeper writes down when each step began (``ProcessTimeline``).
    package func run(
        id: UInt64, program: [UInt8], slots: [Int32], stdio: KeeperStdio, isTraced: Bool = false
    ) throws {
        var request = makeRequest(PODRUN_REQUEST_RUN, id: id)
        request.is_traced = isTraced ? 1 : 0
        request.stdin_slot = PODRUN_NO_SLOT
        request.stdout_slot = PODRUN_NO_SLOT
        request.stderr_slot = PODRUN_NO_SLOT
        var log: KeeperLog?
        switch stdio {
        case .null:
            request.stdio = PODRUN_STDIO_NULL.rawValue
        case .slots(let stdin, let stdout, let stderr):
            request.stdio = PODRUN_STDIO_SLOTS.rawValue
            request.stdin_slot = stdin ?? PODRUN_NO_SLOT
            request.stdout_slot = stdout ?? PODRUN_NO_SLOT
            request.stderr_slot = stderr ?? PODRUN_NO_SLOT
        case .log(let target):
            request.stdio = PODRUN_STDIO_LOG.rawValue
            log = target
        case .interactiveLog(let target, let once):
            request.stdio = once ? PODRUN_STDIO_LOG_INPUT_ONCE.rawValue : PODRUN_STDIO_LOG_INPUT.rawValue
            log = target
        case .terminalLog(let target):
            request.stdio = PODRUN_STDIO_TTY_LOG.rawValue
            log = target
        }
        let memfd = Descriptor(
            try check("make memfd", "program") { podrun_sealed_memfd("podrun-program", program, program.count) })
        var descriptors = [memfd.raw]
        if let log {
            request.log_max_bytes = log.maxBytes
            request.log_max_files = log.maxFiles
            guard log.name.utf8.count < Int(PODRUN_LOG_NAME_MAX) else { throw KeeperError.tooLong(log.name) }
            withUnsafeMutableBytes(of: &request.log_name) { $0.copyBytes(from: log.name.utf8) }
            descriptors.append(log.directory)
        }
        try send(request, descriptors: descriptors + slots)
        _ = consume memfd
    }

    /// Asks for a tmpfs at `path` (absolute, existing) of `size` bytes (0: the kernel's default, half of the memory).
    /// Answered by ``KeeperEvent/mounted(id:root:)`` or ``KeeperEvent/failed(id:opIndex:errno:)``.
    package func mountTmpfs(id: UInt64, path: String, size: UInt64, mode: UInt32, pageSize: UInt64 = 0) throws {
        var request = makeRequest(PODRUN_REQUEST_MOUNT_TMPFS, id: id)
        request.mount_size = size
        request.mount_mode = mode
        request.mount_page_size = pageSize
        try send(request, path: path)
    }

    /// Drops the record of an exited process.
    package func forget(id: UInt64) throws {
        try send(makeRequest(PODRUN_REQUEST_FORGET, id: id))
    }

    /// Copies a live process's output to a client from now on, which hears of it (``AttachedStreams``).
    package func attach(id: UInt64, socket: Int32, wantsInput: Bool) throws {
        var request = makeRequest(PODRUN_REQUEST_ATTACH, id: id)
        request.stdin_slot = wantsInput ? 0 : PODRUN_NO_SLOT
        try send(request, descriptors: [socket])
    }

    /// Has the keeper kill what is left of the pod and exit.
    package func shutdown() throws {
        try send(makeRequest(PODRUN_REQUEST_SHUTDOWN, id: 0))
    }

    /// The next event; `nil` when there is none yet.
    package func receive() throws -> KeeperEvent? {
        let size = MemoryLayout<podrun_event>.size
        guard let message = try connection.receive(maxBytes: size, maxDescriptors: 1) else { return nil }
        if message.bytes.isEmpty { return .closed }
        guard message.bytes.count == size, !message.isTruncated else {
            throw KeeperError.malformed("\(message.bytes.count) bytes")
        }
        let event = message.bytes.withUnsafeBytes { $0.loadUnaligned(as: podrun_event.self) }
        guard event.magic == PODRUN_KEEPER_MAGIC else { throw KeeperError.malformed("magic \(event.magic)") }
        return try decode(event, message.descriptors.first)
    }

    private func decode(_ event: podrun_event, _ descriptor: DescriptorBox?) throws(KeeperError) -> KeeperEvent {
        func passed() throws(KeeperError) -> DescriptorBox {
            guard let descriptor else { throw .malformed("type \(event.type) without a descriptor") }
            return descriptor
        }
        switch podrun_event_type(event.type) {
        case PODRUN_EVENT_HELLO:
            guard event.version == PODRUN_KEEPER_VERSION else { throw .version(event.version) }
            return .hello(version: event.version)
        case PODRUN_EVENT_LIVE:
            return .live(id: event.id, processID: event.pid, pidfd: try passed())
        case PODRUN_EVENT_READY:
            return .ready
        case PODRUN_EVENT_RETURNED:
            return .returned(id: event.id, tag: event.tag, descriptor: try passed())
        case PODRUN_EVENT_STARTED:
            return .started(id: event.id, processID: event.pid, pidfd: try passed(), at: event.realtime_ns)
        case PODRUN_EVENT_FAILED:
            let index = event.op_index == PODRUN_FAILED_BEFORE_CLONE ? nil : event.op_index
            return .failed(id: event.id, opIndex: index, errno: event.error)
        case PODRUN_EVENT_EXITED:
            return .exited(id: event.id, code: event.code, status: event.status, at: event.realtime_ns)
        case PODRUN_EVENT_MOUNTED:
            return .mounted(id: event.id, root: try passed())
        default:
            throw .malformed("type \(event.type)")
        }
    }

    private func makeRequest(_ type: podrun_request_type, id: UInt64) -> podrun_request {
        var request = podrun_request()
        request.magic = PODRUN_KEEPER_MAGIC
        request.type = type.rawValue
        request.id = id
        return request
    }

    /// Only the used bytes of the path go over the wire, its NUL included.
    private func send(_ request: podrun_request, path: String = "", descriptors: [Int32] = []) throws {
        guard path.utf8.count < Int(PODRUN_PATH_MAX) else { throw KeeperError.tooLong(path) }
        let head = MemoryLayout<podrun_request>.offset(of: \.path) ?? MemoryLayout<podrun_request>.size
        var bytes = withUnsafeBytes(of: request) { Array($0.prefix(head)) }
        bytes.append(contentsOf: path.utf8)
        bytes.append(0)
        do throws(SyscallError) {
            guard try connection.send(bytes, descriptors: descriptors) == nil else { return }
        } catch {
            throw SyscallError(call: "ask the pod's keeper", subject: "", errno: error.errno)
        }
        throw KeeperError.busy
    }
}
