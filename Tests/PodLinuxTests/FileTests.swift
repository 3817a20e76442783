import CShim
import Glibc
import Testing

@testable import PodLinux

@Suite struct FileTests {
    @Test(arguments: [true, false])
    func replacementIsWholeAndLeavesNothingElse(durable: Bool) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let path = scratch.file("state.json")
        try AtomicFile.write(path, Array("old".utf8), durable: durable)
        let before = try Descriptor.open(path, O_RDONLY)
        try AtomicFile.write(path, Array("new".utf8), durable: durable, mode: 0o644)
        #expect(try FileBytes.read(before, path: path, limit: 10) == Array("old".utf8))
        #expect(try FileBytes.line(path) == "new")
        #expect(try Directory(scratch.path).names() == ["state.json"])
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o644)
    }

    @Test func flushTellsTheLoop() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let loop = try EventLoop()
        let path = scratch.file("object")
        try AtomicFile.write(path, [1], durable: false)
        // A pipe has nothing to flush: the errno comes back through the loop.
        mkfifo(scratch.file("pipe"), 0o600)
        let holder = try Descriptor.open(scratch.file("pipe"), O_RDWR)
        var told: [String] = []
        for name in ["object", "pipe"] {
            try Flush.begin(scratch.file(name), in: scratch.path, loop: loop) {
                told.append("\(name) \($0.map { String($0.errno) } ?? "kept")")
            }
        }
        let limit = Clock.monotonic().advanced(bySeconds: 10)
        while told.count < 2, Clock.monotonic() < limit { try loop.turn(waitingUntil: limit) }
        #expect(told.sorted() == ["object kept", "pipe \(EINVAL)"])
        #expect(loop.watchCount == 0)
        #expect(try scratch.openDescriptors() == 1)
        _ = consume holder
        #expect(throws: SyscallError(call: "open", subject: scratch.file("none"), errno: ENOENT)) {
            try Flush.begin(scratch.file("none"), in: scratch.path, loop: loop) { _ in }
        }
    }

    @Test func failedReplacementKeepsTheOldFile() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        // The target is a directory: the rename fails after everything was written.
        try Directory.make(scratch.file("state"))
        #expect(throws: SyscallError(call: "rename onto", subject: "state", errno: EISDIR)) {
            try AtomicFile.write(scratch.file("state"), [1], durable: false)
        }
        #expect(try Directory(scratch.path).names() == ["state"])
    }

    @Test func lockIsExclusiveUntilItsEnd() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let path = scratch.file("lock")
        let held = try LockFile.acquire(path)
        #expect(try LockFile.tryAcquire(path) == nil)
        held.release()
        #expect(try LockFile.tryAcquire(path) != nil)
    }

    @Test func limitAndAbsenceAreTold() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try AtomicFile.write(scratch.file("big"), [UInt8](repeating: 65, count: 100_000), durable: false)
        #expect(throws: SyscallError(call: "read", subject: scratch.file("big"), errno: EFBIG)) {
            try FileBytes.read(scratch.file("big"), limit: 50_000)
        }
        #expect(try FileBytes.readIfPresent(scratch.file("none")) == nil)
    }

    @Test func resolutionStaysInBounds() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try Directory.make(scratch.file("root/etc"))
        try AtomicFile.write(scratch.file("root/etc/passwd"), Array("inside".utf8), durable: false)
        symlink("/etc/passwd", scratch.file("root/absolute"))
        symlink("../../../../../../etc/passwd", scratch.file("root/up"))
        symlink("etc", scratch.file("root/link"))
        let root = try Directory(scratch.file("root"))
        for name in ["absolute", "up", "link/passwd"] {
            let file = try root.open(name, O_RDONLY, within: .inRoot)
            #expect(try FileBytes.read(file, path: name, limit: 10) == Array("inside".utf8))
        }
        func error(_ name: String, _ bounds: Directory.Bounds) -> Int32? {
            do throws(SyscallError) {
                _ = try root.open(name, O_RDONLY, within: bounds)
                return nil
            } catch {
                return error.errno
            }
        }
        #expect(error("absolute", .beneath) == EXDEV)
        #expect(error("up", .beneath) == EXDEV)
        #expect(error("link/passwd", .beneath) == nil)
        #expect(error("link/passwd", .beneathNoLinks) == ELOOP)
        #expect(error("../root/etc/passwd", .beneathNoLinks) == EXDEV)
    }

    @Test func makeKeepsWhatExists() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try Directory.make(scratch.file("a/b/c"), mode: 0o777)
        var status = stat()
        #expect(stat(scratch.file("a/b/c"), &status) == 0 && status.st_mode & 0o7777 == 0o777)
        chmod(scratch.file("a"), 0o700)
        try Directory.make(scratch.file("a/b"))
        #expect(stat(scratch.file("a"), &status) == 0 && status.st_mode & 0o7777 == 0o700)
        try AtomicFile.write(scratch.file("file"), [], durable: false)
        #expect(throws: SyscallError(call: "mkdir", subject: scratch.file("file"), errno: ENOTDIR)) {
            try Directory.make(scratch.file("file"))
        }
    }
}

@Suite struct TreeRemovalTests {
    @Test func removesHostileTreesAndNothingElse() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let canary = scratch.file("canary")
        try Directory.make(canary)
        try AtomicFile.write(canary + "/kept", [1], durable: false)
        let tree = scratch.file("tree")
        try Directory.make(tree + "/sub/empty")
        symlink(canary, tree + "/link")
        symlink(canary + "/kept", tree + "/sub/file link")
        symlink("..", tree + "/sub/up")
        mkfifo(tree + "/fifo\n", 0)
        try AtomicFile.write(tree + "/.podrun-deep-0", [1], durable: false)
        let invalid: [CChar] = Array((tree + "/").utf8CString.dropLast()) + [-1, -2, 0]
        close(open(invalid, O_CREAT | O_WRONLY, 0o600))
        chmod(tree + "/sub", 0)
        try TreeRemoval.remove(tree)
        #expect(access(tree, F_OK) == -1)
        #expect(try Directory(canary).names() == ["kept"])
        try TreeRemoval.remove(tree)
        try TreeRemoval.remove(scratch.file("no/such"))
    }

    @Test func removesATreeDeeperThanAnyDescriptorLimit() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let tree = scratch.file("tree")
        try Directory.make(tree)
        var level = try Descriptor.open(tree, O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            let fd = level.raw
            try check("mkdir") { mkdirat(fd, "d", 0o700) }
            level = try Descriptor.open("d", O_RDONLY | O_DIRECTORY, at: fd)
        }
        level = try Descriptor.open("/", O_RDONLY)
        try TreeRemoval.remove(tree)
        #expect(access(tree, F_OK) == -1)
        #expect(try scratch.openDescriptors() == 0)
    }

    @Test(.enabled(if: getuid() == 0, "mounting needs root"))
    func stopsAtMounts() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let tree = scratch.file("tree")
        try Directory.make(tree + "/mounted")
        try Directory.make(tree + "/gone/too")
        try check("mount") { mount("tmpfs", tree + "/mounted", "tmpfs", 0, "size=64k") }
        defer { umount2(tree + "/mounted", Int32(MNT_DETACH)) }
        try AtomicFile.write(tree + "/mounted/kept", [1], durable: false)
        #expect(throws: SyscallError(call: "remove", subject: tree, errno: EBUSY)) { try TreeRemoval.remove(tree) }
        #expect(try Directory(tree).names() == ["mounted"])
        #expect(try Directory(tree + "/mounted").names() == ["kept"])
    }

    @Test func refusesDotNames() throws {
        for path in ["/", "/tmp/..", "/tmp/.", ""] {
            #expect(throws: SyscallError(call: "remove", subject: path, errno: EINVAL)) { try TreeRemoval.remove(path) }
        }
    }
}
