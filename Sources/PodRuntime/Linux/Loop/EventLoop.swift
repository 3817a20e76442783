import CShim
import Glibc

/// What a watched descriptor is ready for.
package struct ReadyEvents: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// EPOLLIN.
    package static let readable = ReadyEvents(rawValue: 0x001)
    /// EPOLLPRI: also how kernfs files (`cgroup.events`) and mountinfo report a change.
    package static let priority = ReadyEvents(rawValue: 0x002)
    /// EPOLLOUT.
    package static let writable = ReadyEvents(rawValue: 0x004)
    /// EPOLLERR; reported without being asked for.
    package static let error = ReadyEvents(rawValue: 0x008)
    /// EPOLLHUP; reported without being asked for.
    package static let hangup = ReadyEvents(rawValue: 0x010)
    /// EPOLLRDHUP: the peer will send no more.
    package static let peerClosed = ReadyEvents(rawValue: 0x2000)
}

/// The agent's one thread of control: descriptors, timers and signals, one handler at a time.
///
/// Not Sendable: it lives on the thread (and in the isolation) that made it. Handlers may watch, unwatch and close
/// anything, themselves included: what was unwatched in a batch of events gets none of the rest of the batch.
/// Unwatch a descriptor *before* closing it; where a copy of it lives on in another process, epoll would go on
/// reporting it otherwise.
package final class EventLoop {
    package typealias Handler = (ReadyEvents) -> Void

    /// A watched descriptor; ends with ``EventLoop/unwatch(_:)``.
    package struct Registration: Hashable, Sendable {
        let token: UInt64
    }

    private struct Watch {
        let fd: Int32
        let handler: Handler
    }

    private let epoll: Descriptor
    private var watches: [UInt64: Watch] = [:]
    private var owners: [Int32: UInt64] = [:]
    private var nextToken: UInt64 = 1
    private var timers = TimerQueue<() -> Void>()
    private var signals: DescriptorBox?
    private var isStopped = false
    private var ready = [podrun_ready](repeating: podrun_ready(), count: 64)

    package init() throws(SyscallError) {
        epoll = Descriptor(try check("epoll_create1") { podrun_epoll_create() })
    }

    /// The number of watched descriptors (the signal descriptor included) and of timers: both 0 in an idle loop.
    package var watchCount: Int { watches.count }
    package var timerCount: Int { timers.count }

    /// Calls `handler` whenever `fd` is ready, level-triggered. One watch per descriptor number.
    package func watch(
        _ fd: Int32, _ events: ReadyEvents, _ handler: @escaping Handler
    ) throws(SyscallError) -> Registration {
        let token = nextToken
        nextToken += 1
        try check("watch descriptor", String(fd)) { podrun_epoll_add(epoll.raw, fd, events.rawValue, token) }
        // The number is free in epoll but has an owner: it was closed without unwatching. Forgotten here, that watch can
        // not end the new one.
        if let closed = owners[fd] { watches[closed] = nil }
        watches[token] = Watch(fd: fd, handler: handler)
        owners[fd] = token
        return Registration(token: token)
    }

    /// Changes what the handler is called for; an empty set pauses it (errors and hangups still come).
    package func change(_ registration: Registration, to events: ReadyEvents) throws(SyscallError) {
        guard let watch = watches[registration.token], owners[watch.fd] == registration.token else { return }
        try check("change watch", String(watch.fd)) {
            podrun_epoll_modify(epoll.raw, watch.fd, events.rawValue, registration.token)
        }
    }

    /// Ends a watch; does nothing when it has ended. Events of it that are already in the current batch are dropped.
    package func unwatch(_ registration: Registration) {
        guard let watch = watches.removeValue(forKey: registration.token) else { return }
        owners[watch.fd] = nil
        // Fails where the descriptor is closed already: then there is nothing to remove.
        _ = podrun_epoll_remove(epoll.raw, watch.fd)
    }

    /// Calls `handler` once at or after `deadline`. Deadlines in the past come at the next turn; equal ones in order.
    @discardableResult
    package func schedule(at deadline: MonotonicInstant, _ handler: @escaping () -> Void) -> TimerID {
        timers.insert(handler, at: deadline)
    }

    package func cancel(_ timer: TimerID) {
        timers.cancel(timer)
    }

    /// Blocks `numbers` in this thread and calls `handler` with the signal's number and its sender's pid (0: kernel).
    /// Can be asked for once.
    package func watchSignals(_ numbers: [Int32], _ handler: @escaping (Int32, Int32) -> Void) throws(SyscallError) {
        let mask = numbers.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
        let box = DescriptorBox(Descriptor(try check("signalfd") { podrun_signalfd(mask) }))
        signals = box
        _ = try watch(box.raw, .readable) { _ in
            var sender: Int32 = 0
            while true {
                let number = podrun_signalfd_read(box.raw, &sender)
                if number <= 0 { return }
                handler(number, sender)
            }
        }
    }

    /// Handles events until ``stop()``.
    package func run() throws(SyscallError) {
        isStopped = false
        while !isStopped { try turn(waitingUntil: nil) }
    }

    /// Ends ``run()`` after the handler that is running now.
    package func stop() {
        isStopped = true
    }

    /// One turn: waits for the first event or timer, at most until `limit`, and handles what is ready then.
    package func turn(waitingUntil limit: MonotonicInstant?) throws(SyscallError) {
        var timeout: Int64 = -1
        if let wake = [timers.earliest(), limit].compactMap({ $0 }).min() {
            timeout = max(0, wake.nanoseconds(since: Clock.monotonic()))
        }
        let count = try check("epoll_pwait2", unless: EINTR) {
            podrun_epoll_wait(epoll.raw, &ready, Int32(ready.count), timeout)
        }
        for index in 0..<Int(count ?? 0) {
            // Looked up at its turn: an earlier handler of this batch may have ended the watch.
            guard let watch = watches[ready[index].token] else { continue }
            watch.handler(ReadyEvents(rawValue: ready[index].events))
            if isStopped { return }
        }
        fireTimers()
    }

    /// Timers scheduled by these handlers wait for the next turn, so that descriptors get theirs.
    private func fireTimers() {
        guard let earliest = timers.earliest() else { return }
        let now = Clock.monotonic()
        if earliest > now { return }
        let mark = timers.mark
        while !isStopped, let handler = timers.popDue(at: now, before: mark) { handler() }
    }
}
