import Glibc
import Testing

@testable import PodLinux

@Suite struct KeeperProcessTests {
    @Test func programsAreELFAndSealed() throws {
        let programs = try EmbeddedPrograms()
        for fd in [programs.keeper.raw, programs.pause.raw] {
            var magic = [UInt8](repeating: 0, count: 4)
            #expect(pread(fd, &magic, 4, 0) == 4 && magic == [0x7f] + Array("ELF".utf8))
            #expect(pwrite(fd, magic, 4, 0) == -1)
        }
    }

    /// The embedded keeper itself: started, greeted, told to go, reaped.
    @Test(.enabled(if: getuid() == 0, "the keeper answers root only"))
    func keeperLivesAndLeaves() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        do {
            let programs = try EmbeddedPrograms()
            let began = Clock.monotonic()
            let process = try KeeperProcess.spawn(
                programs: programs, directory: scratch.path)
            let spawned = Clock.monotonic()
            let keeper = try KeeperConnection.connect(in: scratch.path)
            let loop = try EventLoop()
            var names: [String] = []
            let watch = try loop.watch(keeper.raw, .readable) { _ in
                while let event = try? keeper.receive() {
                    switch event {
                    case .hello: names.append("hello")
                    case .ready:
                        names.append("ready in \(Clock.monotonic().nanoseconds(since: began) / 1000) us")
                        try? keeper.shutdown()
                    case .closed:
                        names.append("closed")
                        return loop.stop()
                    default: names.append("other")
                    }
                }
            }
            let guardTimer = loop.schedule(at: began.advanced(bySeconds: 5)) { loop.stop() }
            try loop.run()
            loop.cancel(guardTimer)
            loop.unwatch(watch)
            print("keeper: spawned in \(spawned.nanoseconds(since: began) / 1000) us, \(names)")
            #expect(names.count == 3 && names.first == "hello" && names.last == "closed")
            var ended: (code: Int32, status: Int32)?
            let exit = try loop.watch(process.pidfd.raw, .readable) { _ in
                ended = try? process.reap()
                loop.stop()
            }
            try loop.run()
            loop.unwatch(exit)
            #expect(ended?.code == 1 && ended?.status == 0)
        }
        #expect(try scratch.openDescriptors() == 0)
    }

    @Test func aFailedExecIsToldAndLeavesNothing() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let programs = try EmbeddedPrograms(keeper: [1, 2, 3], pause: [])
        #expect(throws: SyscallError(call: "start keeper in", subject: scratch.path, errno: ENOEXEC)) {
            try KeeperProcess.spawn(
                programs: programs, directory: scratch.path)
        }
        #expect(try scratch.openDescriptors() == 0)
    }
}
