import Glibc
import PodModel
import Testing

@testable import PodRuntime

/// A log directory in /tmp that ends with the test.
private struct LogDirectory: ~Copyable {
    let root: String
    let relativePath = "default_web_1/app"

    init() throws {
        var template = Array("/tmp/podrun-logs-XXXXXX".utf8CString)
        root = String(cString: try #require(mkdtemp(&template)))
        mkdir("\(root)/default_web_1", 0o700)
        mkdir("\(root)/\(relativePath)", 0o700)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
        rmdir("\(root)/default_web_1")
        rmdir(root)
    }

    var path: String { "\(root)/\(relativePath)" }

    private var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    func append(_ text: String, to name: String = "0.log") {
        append(Array(text.utf8), to: name)
    }

    func append(_ bytes: [UInt8], to name: String = "0.log") {
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        _ = write(file, bytes, bytes.count)
        close(file)
    }

    func rotate(to suffix: String) { rename("\(path)/0.log", "\(path)/0.log.\(suffix)") }

    func reader(attempt: Int = 0, _ options: LogOptions = LogOptions()) throws -> LogReader {
        try LogReader(root: root, relativePath: relativePath, attempt: attempt, options: options)
    }

    /// What a reader shows of the log as it is.
    func shown(attempt: Int = 0, _ options: LogOptions = LogOptions()) throws -> String {
        let reader = try reader(attempt: attempt, options)
        return try reader.news() + reader.end()
    }
}

extension LogReader {
    fileprivate func news() throws -> String {
        var bytes: [UInt8] = []
        try read { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    fileprivate func end() throws -> String {
        var bytes: [UInt8] = []
        try finish { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

private func line(_ second: Int, _ text: String, _ stream: String = "stdout", _ tag: String = "F") -> String {
    "2026-11-21T02:56:\(second < 10 ? "0" : "")\(second).000000001Z \(stream) \(tag) \(text)\n"
}

struct LogTests {
    @Test func contentIsShownAsWritten() throws {
        let log = try LogDirectory()
        log.append(line(1, "2026-01-01T00:00:00Z stdout F fake") + line(2, "") + line(3, " x "))
        #expect(try log.shown() == "2026-01-01T00:00:00Z stdout F fake\n\n x \n")
    }

    @Test func anyByteButNewlineComesBack() throws {
        let log = try LogDirectory()
        let bytes = (0...255).map { UInt8($0) }.filter { $0 != 0x0a }
        log.append(Array("2026-11-21T02:56:01.000000001Z stdout F ".utf8) + bytes + [0x0a])
        var shown: [UInt8] = []
        try log.reader().read { shown += $0 }
        #expect(shown == bytes + [0x0a])
    }

    @Test func whatComesMeanwhileKeepsNobody() throws {
        let log = try LogDirectory()
        log.append(line(1, "one") + line(2, "two"))
        let reader = try log.reader()
        log.append(line(3, "three"))
        log.rotate(to: "20261121-025600")
        log.append(line(4, "four"))
        var bytes: [UInt8] = []
        try reader.readPresent { bytes += $0 }
        #expect(String(decoding: bytes, as: UTF8.self) == "one\ntwo\n")
        #expect(try reader.news() == "three\nfour\n")
    }

    @Test func partsOfALineAreJoined() throws {
        let log = try LogDirectory()
        log.append(line(1, "a", "stdout", "P") + line(2, "b", "stdout", "P") + line(3, "c") + line(4, "d"))
        #expect(try log.shown() == "abc\nd\n")
        #expect(try log.shown(LogOptions(timestamps: true)).hasPrefix("2026-11-21T02:56:01.000000001Z abc\n"))
    }

    @Test func streamsDoNotRunIntoEachOther() throws {
        let log = try LogDirectory()
        log.append(
            line(1, "out", "stdout", "P") + line(1, "err", "stderr") + line(1, "er", "stderr", "P") + line(2, "put")
                + line(3, "ror", "stderr"))
        #expect(try log.shown() == "output\nerr\nerror\n")
    }

    @Test func unfinishedLineEndsWithoutNewline() throws {
        let log = try LogDirectory()
        log.append(line(1, "a") + line(2, "prompt> ", "stdout", "P"))
        #expect(try log.shown() == "a\nprompt> ")
    }

    @Test(arguments: [
        (0, ""), (1, "e"), (2, "de"), (3, "cde"), (4, "bcde"), (5, "abcde"), (6, "abcde"),
    ])
    func tailCountsLinesAcrossFiles(lines: Int, wanted: String) throws {
        let log = try LogDirectory()
        log.append(line(1, "a") + line(2, "b"))
        log.rotate(to: "20261121-025601")
        log.append(line(3, "c", "stdout", "P"))
        log.rotate(to: "20261121-025602")
        log.append(line(4, "", "stdout", "F") + line(5, "d") + line(6, "e"))
        let shown = try log.shown(LogOptions(tailLines: lines))
        #expect(shown == wanted.map { "\($0)\n" }.joined())
    }

    @Test func tailCountsJoinedLinesOfBothStreams() throws {
        let log = try LogDirectory()
        log.append(
            line(1, "first") + line(2, "lo", "stdout", "P") + line(3, "err1", "stderr") + line(4, "ng")
                + line(5, "last"))
        #expect(try log.shown(LogOptions(tailLines: 1)) == "last\n")
        #expect(try log.shown(LogOptions(tailLines: 2)) == "long\nlast\n")
        #expect(try log.shown(LogOptions(tailLines: 3)) == "long\nerr1\nlast\n")
    }

    @Test func tailOfALongLineReadsAllItsParts() throws {
        let log = try LogDirectory()
        let part = String(repeating: "x", count: 16384)
        log.append(line(1, "before") + (0..<20).map { _ in line(2, part, "stdout", "P") }.joined() + line(3, "end"))
        #expect(try log.shown(LogOptions(tailLines: 1)) == String(repeating: part, count: 20) + "end\n")
        #expect(try log.shown(LogOptions(tailLines: 2)).hasPrefix("before\n"))
    }

    @Test func sinceLeavesOutWhatBeganBefore() throws {
        let log = try LogDirectory()
        log.append(line(1, "a") + line(2, "b", "stdout", "P") + line(4, "b") + line(3, "c") + line(5, "d"))
        let since = try #require(Timestamp("2026-11-21T02:56:03.000000001Z"))
        #expect(try log.shown(LogOptions(since: since)) == "c\nd\n")
    }

    @Test func limitCountsShownBytes() throws {
        let log = try LogDirectory()
        log.append(line(1, "abc") + line(2, "def"))
        #expect(try log.shown(LogOptions(limitBytes: 6)) == "abc\nde")
    }

    @Test func prefixAndTimeStandBeforeEachLine() throws {
        let log = try LogDirectory()
        log.append(line(1, "a") + line(2, "b"))
        let shown = try log.shown(LogOptions(timestamps: true, prefix: "[pod/web/app] "))
        #expect(shown.hasSuffix("\n[pod/web/app] 2026-11-21T02:56:02.000000001Z b\n"))
    }

    @Test func followingGoesOnAcrossRotations() throws {
        let log = try LogDirectory()
        log.append(line(1, "a"))
        let reader = try log.reader()
        #expect(try reader.news() == "a\n")
        #expect(try reader.news() == "")
        log.append(line(2, "b"))
        log.rotate(to: "20261121-025602")
        log.append(line(3, "c"))
        log.rotate(to: "20261121-025603")
        log.append(line(4, "d") + "2026-11-21T02:56:05.0")
        #expect(try reader.news() == "b\nc\nd\n")
        log.append("00000001Z stdout F e\n")
        #expect(try reader.news() == "e\n")
        #expect(try reader.end() == "")
    }

    @Test func truncatedLogIsReadFromItsNewBeginning() throws {
        let log = try LogDirectory()
        log.append(line(1, "a") + line(2, "b"))
        let reader = try log.reader()
        #expect(try reader.news() == "a\nb\n")
        truncate("\(log.path)/0.log", 0)
        log.append(line(3, "c"))
        #expect(try reader.news() == "c\n")
    }

    @Test func linesOfNoFormatAreShown() throws {
        let log = try LogDirectory()
        log.append("cut off\n" + line(1, "a"))
        #expect(try log.shown() == "cut off\na\n")
    }

    @Test func linksAndPipesAreRefused() throws {
        let log = try LogDirectory()
        symlink("/etc/passwd", "\(log.path)/0.log")
        #expect(throws: LogError.notRegular("0.log")) { try log.reader() }
        mkfifo("\(log.path)/1.log", 0o600)
        #expect(throws: LogError.notRegular("1.log")) { try log.reader(attempt: 1) }
        #expect(throws: LogError.missing("\(log.path)/2.log")) { try log.reader(attempt: 2) }
    }
}
