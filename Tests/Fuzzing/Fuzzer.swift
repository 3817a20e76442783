import Glibc

/// Hands mutated inputs to a function until the time is over. A crash, a failed expectation or an input that takes more
/// than a minute is a finding; its input stays in a file. `scripts/fuzz` runs all of them.
///
/// | variable | meaning |
/// |---|---|
/// | PODRUN_FUZZ_SECONDS | how long each fuzzer runs; without it none does |
/// | PODRUN_FUZZ_SEED | repeats a run: the same inputs in the same order |
/// | PODRUN_FUZZ_DIRECTORY | where the input of the moment is kept |
/// | PODRUN_FUZZ_INPUT | a file to try instead, once |
package struct Fuzzer {
    private let name: String
    private var mutator: Mutator

    /// - Parameters:
    ///   - corpus: what to start from; at least one.
    ///   - words: pieces of the format, put in here and there.
    ///   - mended: the last word about each input, such as new checksums.
    package init(
        _ name: String, corpus: [[UInt8]], words: [String] = [], mended: @escaping (inout [UInt8]) -> Void = { _ in }
    ) {
        self.name = name
        let seed = Self.variable("PODRUN_FUZZ_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
        mutator = Mutator(seed: seed, corpus: corpus, words: words.map { Array($0.utf8) }, mended: mended)
        print("fuzz \(name): PODRUN_FUZZ_SEED=\(seed)")
        fflush(nil)
    }

    package static var isWanted: Bool { variable("PODRUN_FUZZ_SECONDS") != nil || variable("PODRUN_FUZZ_INPUT") != nil }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Runs `body` again and again.
    /// - Parameter body: tells whether it found nothing wrong.
    package mutating func run(_ body: ([UInt8]) throws -> Bool) rethrows {
        if let path = Self.variable("PODRUN_FUZZ_INPUT") {
            print("fuzz \(name): \(try body(Self.read(path)) ? "nothing found" : "found again")")
            return
        }
        let directory = Self.variable("PODRUN_FUZZ_DIRECTORY") ?? "/tmp"
        let end = Self.now() + (Self.variable("PODRUN_FUZZ_SECONDS").flatMap(Double.init) ?? 1)
        var count = 0
        while Self.now() < end {
            let input = mutator.next()
            Self.write(input, to: "\(directory)/\(name)")
            alarm(60)
            var isFinding = true
            defer { if isFinding { Self.write(input, to: "\(directory)/\(name).found") } }
            isFinding = try !body(input)
            if isFinding { break }
            count += 1
        }
        alarm(0)
        unlink("\(directory)/\(name)")
        print("fuzz \(name): \(count) inputs")
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { return }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// All bytes of a file; none when there is no such file.
    package static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// The contents of the files below Tests/Fixtures/`directory` whose names end so.
    package static func fixtures(_ directory: String, _ ending: String, source: String = #filePath) -> [[UInt8]] {
        let tests = source.split(separator: "/").dropLast(2).joined(separator: "/")
        let path = "/\(tests)/Fixtures/\(directory)"
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(ending) { names.append(name) }
        }
        return names.sorted().map { read("\(path)/\($0)") }
    }
}
