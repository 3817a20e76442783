import Foundation
import Testing

/// A golden file that holds a test's inputs between the answers to them.
struct TraceFile {
    private let url: URL

    init(_ directory: URL, _ name: String) {
        url = directory.appending(path: name)
    }

    /// The traces of a directory, those of its subdirectories not.
    static func names(in directory: URL) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".txt") }.sorted()
    }

    /// Wants `replay` to give back the file's own text; with PODRUN_UPDATE_GOLDEN=1 its answers are written there anew.
    func compare(_ replay: (String) throws -> String) throws {
        let expected = try String(contentsOf: url, encoding: .utf8)
        let actual = try replay(expected)
        if ProcessInfo.processInfo.environment["PODRUN_UPDATE_GOLDEN"] != nil {
            try actual.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect(actual == expected, "trace \(url.lastPathComponent)")
    }
}
