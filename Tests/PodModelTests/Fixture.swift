import Fuzzing

/// Files under Tests/Fixtures.
enum Fixture {
    static func bytes(_ path: String, source: String = #filePath) -> [UInt8] {
        let tests = source.split(separator: "/").dropLast(2).joined(separator: "/")
        return Fuzzer.read("/\(tests)/Fixtures/\(path)")
    }

    static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }
}
