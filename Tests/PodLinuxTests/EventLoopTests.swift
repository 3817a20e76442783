import Glibc
import Testing

@testable import PodLinux

@Suite struct EventLoopTests {
    /// Turns until `done` or, as a guard against a hang, for two seconds.
    private func drive(_ loop: EventLoop, until done: () -> Bool) throws {
        let limit = Clock.monotonic().advanced(bySeconds: 2)
        while !done(), Clock.monotonic() < limit { try loop.turn(waitingUntil: limit) }
    }

    @Test func timersFireInDeadlineThenScheduleOrder() throws {
        let loop = try EventLoop()
        let now = Clock.monotonic()
        var fired: [String] = []
        loop.schedule(at: now.advanced(byNanoseconds: 2_000_000)) { fired.append("late") }
        loop.schedule(at: now.advanced(byNanoseconds: 1_000_000)) { fired.append("first") }
        loop.schedule(at: now.advanced(byNanoseconds: 1_000_000)) { fired.append("second") }
        let cancelled = loop.schedule(at: now) { fired.append("cancelled") }
        loop.cancel(cancelled)
        try drive(loop) { fired.count == 3 }
        #expect(fired == ["first", "second", "late"])
        #expect(loop.timerCount == 0)
    }

    @Test func timerNeverFiresBeforeItsDeadline() throws {
        let loop = try EventLoop()
        let deadline = Clock.monotonic().advanced(byNanoseconds: 3_000_000)
        var firedAt: MonotonicInstant?
        loop.schedule(at: deadline) { firedAt = Clock.monotonic() }
        try drive(loop) { firedAt != nil }
        #expect(try #require(firedAt) >= deadline)
    }

    @Test func overdueTimersDoNotStarveDescriptors() throws {
        let loop = try EventLoop()
        let (read, write) = try Descriptor.pipe()
        var turns = 0
        var isReadable = false
        func again() {
            turns += 1
            if turns < 1000 { loop.schedule(at: MonotonicInstant(nanoseconds: 0), again) }
        }
        again()
        let watch = try loop.watch(read.raw, .readable) { _ in isReadable = true }
        write.put(1)
        try drive(loop) { isReadable }
        #expect(turns < 10)
        loop.unwatch(watch)
    }

    @Test func handlerMayEndOthersOfItsBatchAndItself() throws {
        let loop = try EventLoop()
        let pipes = try (0..<3).map { _ in try Descriptor.pipe() }
        var registrations: [EventLoop.Registration] = []
        var calls = 0
        for pipe in pipes {
            registrations.append(
                try loop.watch(pipe.read.raw, .readable) { _ in
                    calls += 1
                    registrations.forEach(loop.unwatch)
                    pipes.forEach { $0.read.close() }
                })
        }
        for pipe in pipes { pipe.write.put(1) }
        try drive(loop) { calls > 0 }
        try loop.turn(waitingUntil: Clock.monotonic())
        #expect(calls == 1)
        #expect(loop.watchCount == 0)
    }

    @Test func aReusedNumberBelongsToItsNewWatch() throws {
        let loop = try EventLoop()
        // Far above what tests that run beside this one open: closed and opened again, the number is the same.
        func high(_ box: DescriptorBox) -> DescriptorBox {
            DescriptorBox(Descriptor(fcntl(box.raw, F_DUPFD_CLOEXEC, 900)))
        }
        var stale = 0
        var fresh = 0
        let closed = high(try Descriptor.pipe().read)
        let number = closed.raw
        let old = try loop.watch(number, .readable) { _ in stale += 1 }
        closed.close()
        let second = try Descriptor.pipe()
        let reused = high(second.read)
        #expect(reused.raw == number)
        let new = try loop.watch(reused.raw, .readable) { _ in
            fresh += 1
            loop.unwatch(old)
        }
        second.write.put(1)
        try drive(loop) { fresh > 0 }
        #expect(stale == 0)
        try drive(loop) { fresh > 1 }
        #expect(fresh == 2, "ending the closed watch must not end the one that has the number now")
        loop.unwatch(new)
        #expect(loop.watchCount == 0)
    }

    @Test func signalsArriveInTheLoop() throws {
        let loop = try EventLoop()
        var received: [Int32] = []
        try loop.watchSignals([SIGWINCH, SIGURG]) { number, _ in received.append(number) }
        // To this thread only: the test process has others, which don't block it.
        pthread_kill(pthread_self(), SIGWINCH)
        pthread_kill(pthread_self(), SIGURG)
        try drive(loop) { received.count == 2 }
        #expect(Set(received) == [SIGWINCH, SIGURG])
    }

    @Test func stopEndsTheRun() throws {
        let loop = try EventLoop()
        var later = false
        loop.schedule(at: MonotonicInstant(nanoseconds: 0)) { loop.stop() }
        loop.schedule(at: MonotonicInstant(nanoseconds: 0)) { later = true }
        try loop.run()
        #expect(!later, "nothing runs after stop")
    }

    @Test func cancelledTimersTakeNoRoom() throws {
        var queue = TimerQueue<Int>()
        for round in 0..<1000 {
            let timer = queue.insert(round, at: MonotonicInstant(nanoseconds: Int64(1000 - round)))
            if round % 10 != 0 { queue.cancel(timer) }
        }
        #expect(queue.count == 100)
        var order: [Int] = []
        while let next = queue.popDue(at: MonotonicInstant(nanoseconds: 1000), before: queue.mark) {
            order.append(next)
        }
        #expect(order == (0..<100).map { 990 - $0 * 10 })
    }
}
