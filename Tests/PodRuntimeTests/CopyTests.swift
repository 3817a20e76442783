import CShim
import Glibc
import PodLinux
import Testing

@testable import PodRuntime

/// What a container may send in place of the copier's stream (attack E4), and what arrives of it.
@Suite struct CopyTests {
    /// A record as bytes, also one that no copier makes.
    static func record(
        _ kind: podrun_copy_kind, _ name: String = "", mode: UInt32 = 0o644, text: [UInt8] = [],
        sizes: (Int, Int)? = nil
    ) -> [UInt8] {
        let header = podrun_copy_record(
            kind: kind.rawValue, mode: mode, uid: 0, gid: 0, name_size: UInt32(sizes?.0 ?? name.utf8.count),
            text_size: UInt32(sizes?.1 ?? text.count))
        return withUnsafeBytes(of: header) { Array($0) } + Array(name.utf8) + text
    }

    static func file(_ name: String, _ text: String = "evil") -> [UInt8] {
        record(PODRUN_COPY_FILE, name) + record(PODRUN_COPY_DATA, text: Array(text.utf8)) + record(PODRUN_COPY_DATA)
    }

    static func link(_ name: String, _ target: String) -> [UInt8] {
        record(PODRUN_COPY_LINK, name, text: Array(target.utf8))
    }

    static func directory(_ name: String, _ entries: [UInt8]) -> [UInt8] {
        record(PODRUN_COPY_DIRECTORY, name, mode: 0o755) + entries + record(PODRUN_COPY_LEAVE)
    }

    /// Copies a stream to `destination` in a directory of the test's own.
    ///
    /// - Returns: paths below that directory, except `destination`, with what went wrong at the end.
    static func receive(_ stream: [UInt8], prepare: (String) -> Void = { _ in }) throws -> (
        inside: [String], outside: [String], error: CopyError?, notices: [CopyReceiver.Notice]
    ) {
        var template = Array("/tmp/podrun-copy-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SyscallError(call: "mkdtemp", subject: "", errno: errno) }
        let top = String(cString: made)
        defer { try? TreeRemoval.remove(top) }
        let destination = top + "/destination"
        try Directory.make(destination)
        prepare(top)
        let pipe = try Descriptor.pipe()
        #expect(write(pipe.write.raw, stream, stream.count) == stream.count)
        pipe.write.close()
        var notices: [CopyReceiver.Notice] = []
        var receiver = CopyReceiver(CopyStream(pipe.read), to: destination, sourceName: CopyName("source".utf8)) {
            notices.append($0)
        }
        var failure: CopyError?
        do { try receiver.run() } catch let error as CopyError { failure = error } catch is SyscallError {}
        return (
            try Directory(destination).names().sorted(),
            try Directory(top).names().filter { $0 != "destination" }.sorted(), failure, notices
        )
    }

    @Test(arguments: ["..", ".", "", "../evil", "/tmp/podrun-evil", "a/b", "a\0b", String(repeating: "x", count: 256)])
    func namesThatAreNone(name: String) throws {
        for entry in [Self.file(name), Self.link(name, "x"), Self.directory(name, [])] {
            let result = try Self.receive(Self.directory("", entry) + Self.record(PODRUN_COPY_END))
            #expect(result.inside.isEmpty && result.outside.isEmpty)
            guard case .malformed = result.error else {
                Issue.record("accepted \(name): \(String(describing: result.error))")
                continue
            }
        }
    }

    @Test func nothingIsWrittenThroughALinkOfTheStream() throws {
        let outside = try Self.receive(
            Self.directory("", Self.link("way", "../") + Self.directory("way", Self.file("evil"))))
        #expect(outside.inside == ["way"] && outside.outside.isEmpty)
        #expect(
            outside.notices == [
                .skippedLink(path: outside.notices.isEmpty ? "" : path(outside.notices[0]), target: "../")
            ])
        let inside = try Self.receive(
            Self.directory("", Self.link("way", "elsewhere") + Self.directory("way", Self.file("evil"))))
        #expect(inside.inside == ["way"])
    }

    private func path(_ notice: CopyReceiver.Notice) -> String {
        if case .skippedLink(let path, _) = notice { path } else { "" }
    }

    @Test func nothingIsWrittenThroughALinkThatWasThere() throws {
        let result = try Self.receive(
            Self.directory("", Self.file("file") + Self.directory("way", Self.file("evil")))
        ) { top in
            mkdir(top + "/outside", 0o755)
            symlink("../outside", top + "/destination/way")
            symlink("../victim", top + "/destination/file")
        }
        #expect(result.inside == ["file", "way"] && result.outside == ["outside"])
    }

    @Test func aFIFOInAFilesPlaceHoldsNothingUp() throws {
        let result = try Self.receive(Self.directory("", Self.file("pipe"))) { mkfifo($0 + "/destination/pipe", 0o600) }
        #expect(result.inside == ["pipe"])
    }

    @Test func streamsThatNoCopierSends() throws {
        let end = Self.record(PODRUN_COPY_END)
        let streams: [(String, [UInt8])] = [
            ("leaves the top", Self.directory("", []) + Self.record(PODRUN_COPY_LEAVE) + end),
            ("leaves nothing", Self.record(PODRUN_COPY_LEAVE)),
            ("ends in a directory", Self.record(PODRUN_COPY_DIRECTORY) + end),
            ("data of no file", Self.record(PODRUN_COPY_DATA, text: [1])),
            ("file without an end", Self.record(PODRUN_COPY_FILE) + end),
            ("unknown kind", Self.record(podrun_copy_kind(77))),
            ("name of 4 GiB", Self.record(PODRUN_COPY_FILE, sizes: (Int(UInt32.max), 0))),
            ("data of 4 GiB", Self.record(PODRUN_COPY_DATA, sizes: (0, Int(UInt32.max)))),
            ("link at the top", Self.link("", "x")),
            (
                "directories without end",
                Self.directory("", []).dropLast(24)
                    + (0..<500).flatMap { _ in Self.record(PODRUN_COPY_DIRECTORY, "d", mode: 0o755) }
            ),
        ]
        for (what, stream) in streams {
            let result = try Self.receive(Array(stream))
            guard case .malformed = result.error else {
                Issue.record("\(what): \(String(describing: result.error))")
                continue
            }
        }
        #expect(try Self.receive(Self.record(PODRUN_COPY_FILE)).error == .truncated)
        #expect(try Self.receive(Array(end.dropLast())).error == .truncated)
    }

    @Test(arguments: [
        ("a", 0, true), ("./a/b", 0, true), ("../a", 1, true), (".././../a", 2, true), ("a/./b/", 0, true),
        ("..", 0, false), ("../../a", 1, false), ("a/..", 3, false), ("a/../../..", 3, false), ("/a", 3, false),
        ("", 1, false), ("a\0", 1, false), ("..a", 0, true),
    ])
    func linksThatStayInside(target: String, depth: Int, isInside: Bool) {
        #expect(CopyLink.staysInside(Array(target.utf8), depth: depth) == isInside)
    }
}
