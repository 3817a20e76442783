/// One demand of a WWW-Authenticate header: what a registry wants to see before it answers.
struct Challenge: Equatable {
    /// In lower case: `bearer`, `basic`.
    var scheme: String
    /// Names in lower case; of one given twice the first counts.
    var parameters: [String: String] = [:]

    /// Reads as many challenges as make sense; what doesn't is passed over. Never fails: the text is a stranger's.
    ///
    /// Each header may hold several (RFC 9110, 11.6.1), and commas separate challenges as well as parameters: a word
    /// with `=` behind it is a parameter, a word without it begins a challenge.
    static func parse(_ headers: [String]) -> [Challenge] {
        var found: [Challenge] = []
        for header in headers.prefix(8) {
            var scanner = Scanner(rest: header[...].utf8.prefix(16 << 10))
            while found.count < 8, let word = scanner.word() {
                if scanner.skip("=") {
                    let value = scanner.value()
                    guard let last = found.indices.last, found[last].parameters.count < 32 else { continue }
                    let name = word.lowercased()
                    if found[last].parameters[name] == nil { found[last].parameters[name] = value }
                } else {
                    found.append(Challenge(scheme: word.lowercased()))
                }
            }
        }
        return found
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        /// The next token; separators and bytes that can't begin one are passed over. nil at the end.
        mutating func word() -> String? {
            rest = rest.drop { !Self.isToken($0) }
            let word = rest.prefix(while: Self.isToken)
            rest = rest.dropFirst(word.count)
            return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
        }

        /// True, and past it, when the next byte but for spaces is this one.
        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            let next = rest.drop { $0 == 32 || $0 == 9 }
            guard next.first == UInt8(ascii: character) else { return false }
            rest = next.dropFirst()
            return true
        }

        /// A quoted string without its quotes, or a token.
        mutating func value() -> String {
            guard skip("\"") else {
                rest = rest.drop { $0 == 32 || $0 == 9 }
                let token = rest.prefix { Self.isToken($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
                rest = rest.dropFirst(token.count)
                return String(decoding: token, as: UTF8.self)
            }
            var bytes: [UInt8] = []
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                guard byte == UInt8(ascii: "\\") else {
                    bytes.append(byte)
                    continue
                }
                if let escaped = rest.popFirst() { bytes.append(escaped) }
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        private static func isToken(_ byte: UInt8) -> Bool {
            (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
