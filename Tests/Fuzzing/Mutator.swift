/// Makes inputs out of other inputs; the same ones for the same seed.
struct Mutator {
    private var random: SplitMix64
    private let corpus: [[UInt8]]
    private var untried: [[UInt8]]
    private let words: [[UInt8]]
    private let mended: (inout [UInt8]) -> Void

    private static let largest = 1 << 16
    private static let numbers = [
        "0", "-1", "1", "127", "255", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e999", "0x7f",
        ".5",
    ].map { Array($0.utf8) }

    init(seed: UInt64, corpus: [[UInt8]], words: [[UInt8]], mended: @escaping (inout [UInt8]) -> Void) {
        random = SplitMix64(state: seed)
        self.corpus = corpus
        untried = corpus
        self.words = words + Self.numbers
        self.mended = mended
    }

    /// The corpus as it is comes first.
    mutating func next() -> [UInt8] {
        if let input = untried.popLast() { return input }
        var input = corpus.randomElement(using: &random) ?? []
        for _ in 0..<(1 << Int.random(in: 0...4, using: &random)) {
            change(&input)
            if input.count > Self.largest { input.removeLast(input.count - Self.largest) }
        }
        mended(&input)
        return input
    }

    private mutating func change(_ input: inout [UInt8]) {
        let place = Int.random(in: 0...input.count, using: &random)
        let end = min(input.count, place + length())
        switch Int.random(in: 0..<9, using: &random) {
        case 0 where place < input.count: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1 where place < input.count: input[place] = .random(in: 0...255, using: &random)
        case 2: input.removeSubrange(place..<end)
        case 3: input.insert(contentsOf: input[place..<end], at: place)
        case 4:
            let byte = UInt8.random(in: 0...255, using: &random)
            input.replaceSubrange(place..<end, with: repeatElement(byte, count: length()))
        case 5: input.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
        case 6: input.replaceSubrange(place..<end, with: words.randomElement(using: &random) ?? [])
        case 7:
            let other = corpus.randomElement(using: &random) ?? []
            let from = Int.random(in: 0...other.count, using: &random)
            input.replaceSubrange(place..<end, with: other[from..<min(other.count, from + length())])
        default:
            let to = Int.random(in: 0...input.count, using: &random)
            let moved = Array(input[place..<end])
            input.insert(contentsOf: moved, at: to)
        }
    }

    /// Mostly short, sometimes a block of a tar archive, rarely long.
    private mutating func length() -> Int {
        switch Int.random(in: 0..<16, using: &random) {
        case 0: 512 * Int.random(in: 1...3, using: &random)
        case 1: Int.random(in: 0...5000, using: &random)
        default: Int.random(in: 0...12, using: &random)
        }
    }
}

/// Sebastiano Vigna's generator: small, and the same everywhere.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
