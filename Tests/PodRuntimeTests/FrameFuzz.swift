import Fuzzing
import PodModel
import Testing

@testable import PodRuntime

/// What somebody may send to the agent's socket (`scripts/fuzz`).
@Suite(.enabled(if: Fuzzer.isWanted, "scripts/fuzz runs it"))
struct FrameFuzz {
    private static func requests() throws -> [ControlRequest] {
        var pods: [Pod] = []
        for manifest in Fuzzer.fixtures("corpus", ".yaml") {
            guard let objects = try? Manifest.read(manifest, file: "corpus") else { continue }
            for case .pod(let found) in objects { pods.append(found.pod) }
        }
        return pods.map { ControlRequest(verb: .apply, namespace: "default", pod: $0) } + [
            ControlRequest(verb: .get, namespace: "a", names: ["b"], includeEvents: true, asTable: true),
            ControlRequest(
                verb: .exec, names: ["b"], exec: ExecRequest(command: ["sh", "-c", "x"], tty: true, rows: 2)),
            ControlRequest(verb: .delete, names: ["b", "c"], gracePeriodSeconds: 3), ControlRequest(verb: .shutdown),
        ]
    }

    /// However the bytes arrive the same requests come out, and each is the same after it was written again.
    @Test func frames() throws {
        let limit = 1 << 15
        let corpus = try Self.requests().map { try Frame.encode(JSON.encode($0), limit: limit) }
        let words = [
            "\u{0}\u{0}\u{0}", "{", "}", "[", "]", "\"", ",", ":", "null", "\\u0000", "\"version\":3",
            "\"verb\":\"get\"",
        ]
        var fuzzer = Fuzzer("frames", corpus: corpus, words: words) { input in
            // The length is right most of the time, or nothing behind it would be looked at.
            if input.count > 4, input[0] & 3 != 0 {
                input = (try? Frame.encode(Array(input[4...]), limit: 1 << 20)) ?? input
            }
        }
        try fuzzer.run { input in
            let whole = Self.expected(in: input, limit: limit)
            for size in [input.count, 7] {
                let found = Self.payloads(of: input, pieces: size, limit: limit)
                #expect(found == whole, "in pieces of \(size) bytes")
                if found != whole { return false }
            }
            for payload in whole {
                guard let node = try? JSON.node(payload),
                    (try? JSON.decode(ControlRequestHeader.self, from: node)) != nil,
                    let request = try? JSON.decode(ControlRequest.self, from: node)
                else { continue }
                let again = try JSON.decode(ControlRequest.self, from: JSON.encode(request))
                #expect(again == request)
                if again != request { return false }
            }
            return true
        }
    }

    /// As ``Frame`` describes it: a length in four bytes, the lowest first, and so many bytes.
    private static func expected(in input: [UInt8], limit: Int) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var rest = input[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reversed().reduce(0) { $0 * 256 + Int($1) }
            guard length <= limit, rest.count >= 4 + length else { break }
            found.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return found
    }

    private static func payloads(of input: [UInt8], pieces size: Int, limit: Int) -> [[UInt8]] {
        var decoder = Frame.Decoder(limit: limit)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: input.count, by: max(1, size)) {
            decoder.append(input[start..<min(start + size, input.count)])
            while let payload = try? decoder.next() { found.append(payload) }
        }
        return found
    }
}
