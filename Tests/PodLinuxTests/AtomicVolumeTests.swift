import Glibc
import PodModel
import PodPlanning
import Testing

@testable import PodLinux

/// The kubelet's layout (pkg/volume/util/atomic_writer.go), as `ls -la` shows it.
@Suite final class AtomicVolumeTests {
    private let scratch: Scratch
    private let path: String
    private static let moment = Timestamp(seconds: 1_795_273_200)

    init() throws {
        scratch = try Scratch()
        path = scratch.path + "/volume"
        try Directory.make(path, mode: 0o777)
    }

    deinit { scratch.remove() }

    private func payload(_ files: [String: String], mode: UInt32 = 0o644) throws -> VolumePayload {
        try VolumePayload(files.mapValues { VolumePayload.File(bytes: Array($0.utf8), mode: mode) })
    }

    private func write(_ payload: VolumePayload, at seconds: Int64 = 0) throws {
        try AtomicVolume(path).write(
            payload, group: nil, now: Timestamp(seconds: Self.moment.seconds + seconds))
    }

    private func read(_ name: String) throws -> String {
        String(decoding: try FileBytes.read("\(path)/\(name)"), as: UTF8.self)
    }

    private func names(_ directory: String = "") throws -> [String] {
        try Directory("\(path)/\(directory)").names().sorted()
    }

    private func target(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("\(path)/\(name)", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func mode(_ name: String) -> UInt32 {
        var status = stat()
        lstat("\(path)/\(name)", &status)
        return status.st_mode
    }

    @Test func filesAreLinksIntoADatedDirectory() throws {
        try write(payload(["a.txt": "A", "dir/inner/b": "B"], mode: 0o640))
        let data = target("..data")
        #expect(data.wholeMatch(of: /\.\.2026_11_21_\d\d_\d\d_\d\d\.\d+/) != nil)
        #expect(try names() == ["..data", data, "a.txt", "dir"].sorted())
        #expect(target("a.txt") == "..data/a.txt" && target("dir") == "..data/dir")
        #expect(try read("a.txt") == "A" && read("dir/inner/b") == "B")
        #expect(mode(data) == S_IFDIR | 0o755 && mode("\(data)/dir/inner") == S_IFDIR | 0o755)
        #expect(mode("\(data)/a.txt") == S_IFREG | 0o640)
    }

    @Test func anUpdateReplacesAllAtOnce() throws {
        try write(payload(["kept": "1", "gone": "1", "dir/gone": "1"]))
        let first = target("..data")
        try write(payload(["kept": "2", "new": "2"]), at: 1)
        let second = target("..data")
        #expect(first != second)
        #expect(try names() == ["..data", second, "kept", "new"].sorted())
        #expect(try read("kept") == "2" && read("new") == "2")
    }

    @Test func whatIsShownAlreadyIsNotWrittenAgain() throws {
        let shown = try payload(["a": "1", "dir/b": "2"])
        try write(shown)
        let first = target("..data")
        try write(shown, at: 1)
        #expect(target("..data") == first)
        // A file more, one less: both are changes.
        try write(payload(["a": "1", "dir/b": "2", "dir/c": ""]), at: 2)
        let second = target("..data")
        try write(shown, at: 3)
        #expect(first != second && target("..data") != second)
    }

    @Test func nothingIsShownWhereNothingIs() throws {
        try write(payload([:]))
        #expect(try names() == ["..data", target("..data")].sorted())
        try write(payload(["late": "x"]), at: 1)
        #expect(try read("late") == "x")
    }

    @Test func leftoversOfADeadAgentGo() throws {
        try write(payload(["a": "1"]))
        try Directory.make("\(path)/..2026_11_21_00_00_00.1/deep", mode: 0o755)
        symlink("..2026_11_21_00_00_00.1", "\(path)/..data_tmp")
        try write(payload(["a": "2"]), at: 1)
        #expect(try names() == ["..data", target("..data"), "a"].sorted())
        #expect(try read("a") == "2")
    }

    /// Attack B12: a name in the volume that became a link to the host is neither followed nor written through.
    @Test func linksThatSomebodyLeftLeadNowhere() throws {
        let canary = scratch.path + "/canary"
        try AtomicFile.write(canary, Array("canary".utf8), durable: false)
        try write(payload(["key": "1"]))
        let data = target("..data")
        for name in ["\(data)/key", "key"] {
            unlink("\(path)/\(name)")
            symlink(canary, "\(path)/\(name)")
        }
        try write(payload(["key": "2"]), at: 1)
        #expect(try FileBytes.read(canary) == Array("canary".utf8))
        unlink("\(path)/..data")
        symlink("../canary", "\(path)/..data")
        try write(payload(["key": "3"]), at: 2)
        #expect(try FileBytes.read(canary) == Array("canary".utf8))
        #expect(target("..data").hasPrefix("..2026_"))
    }

    @Test func theVolumeItselfIsNoLink() throws {
        let other = scratch.path + "/link"
        symlink(path, other)
        #expect(throws: SyscallError.self) { _ = try AtomicVolume(other) }
    }

    @Test func aThousandKeys() throws {
        let keys = Dictionary(uniqueKeysWithValues: (0..<1000).map { ("key-\($0)", "value \($0)") })
        try write(payload(keys))
        #expect(try names().count == 1002)
        let begin = Clock.monotonic().nanoseconds
        try write(payload(keys.mapValues { $0 + "!" }), at: 1)
        print("volume: 1000 keys updated in \((Clock.monotonic().nanoseconds - begin) / 1000) us")
        #expect(try read("key-999") == "value 999!")
    }

    @Test(.enabled(if: geteuid() == 0)) func theGroupOwnsAndReadsEverything() throws {
        try AtomicVolume(path).write(
            payload(["secret": "s", "dir/x": "x"], mode: 0o400), group: 5000, now: Self.moment)
        let data = target("..data")
        for (name, expected) in [
            (data, S_IFDIR | 0o2755), ("\(data)/dir", S_IFDIR | 0o2755), ("\(data)/secret", S_IFREG | 0o440),
            ("\(data)/dir/x", S_IFREG | 0o440),
        ] {
            var status = stat()
            lstat("\(path)/\(name)", &status)
            #expect(status.st_mode == expected && status.st_gid == 5000 && status.st_uid == geteuid(), "\(name)")
        }
    }
}
