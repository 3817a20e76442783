/// Whether bytes are JSON, in the words of Go's encoding/json. For documents that nobody need decode yet but that must
/// not be stored broken.
package enum JSONSyntax {
    /// What keeps `bytes` from being a JSON object (or null); nil when they are one.
    package static func problem(inObject bytes: [UInt8]) -> String? {
        var scanner = JSONScanner(bytes: bytes)
        do throws(JSONScanner.Problem) {
            let type = try scanner.value(depth: 0)
            try scanner.end()
            if type == "object" || type == "null" { return nil }
            return "json: cannot unmarshal \(type) into Go value of type map[string]interface {}"
        } catch {
            return error.text
        }
    }
}

private struct JSONScanner {
    struct Problem: Error {
        let text: String
    }

    private static let depthLimit = 10_000

    let bytes: [UInt8]
    private var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Passes over one value; its type's name.
    mutating func value(depth: Int) throws(Problem) -> String {
        guard depth <= Self.depthLimit else { throw Problem(text: "exceeded max depth") }
        switch try nextMeaning() {
        case UInt8(ascii: "{"):
            try object(depth: depth)
            return "object"
        case UInt8(ascii: "["):
            try array(depth: depth)
            return "array"
        case UInt8(ascii: "\""):
            try string()
            return "string"
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"):
            try literal("null")
            return "null"
        case let digit where digit == UInt8(ascii: "-") || isDigit(digit):
            try number(digit)
            return "number"
        default: throw unexpected("looking for beginning of value")
        }
        return "bool"
    }

    mutating func end() throws(Problem) {
        skipSpace()
        guard index < bytes.count else { return }
        index += 1
        throw unexpected("after top-level value")
    }

    private mutating func object(depth: Int) throws(Problem) {
        if isNext(UInt8(ascii: "}")) { return }
        while true {
            let place = "looking for beginning of object key string"
            guard try nextMeaning() == UInt8(ascii: "\"") else { throw unexpected(place) }
            try string()
            guard try nextMeaning() == UInt8(ascii: ":") else { throw unexpected("after object key") }
            _ = try value(depth: depth + 1)
            switch try nextMeaning() {
            case UInt8(ascii: "}"): return
            case UInt8(ascii: ","): continue
            default: throw unexpected("after object key:value pair")
            }
        }
    }

    private mutating func array(depth: Int) throws(Problem) {
        if isNext(UInt8(ascii: "]")) { return }
        while true {
            _ = try value(depth: depth + 1)
            switch try nextMeaning() {
            case UInt8(ascii: "]"): return
            case UInt8(ascii: ","): continue
            default: throw unexpected("after array element")
            }
        }
    }

    private mutating func string() throws(Problem) {
        while true {
            switch try next() {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"):
                let escape = try next()
                if escape == UInt8(ascii: "u") {
                    for _ in 0..<4 {
                        guard isHexDigit(try next()) else {
                            throw unexpected("in \\u hexadecimal character escape")
                        }
                    }
                } else if !"bfnrt\\/\"".utf8.contains(escape) {
                    throw unexpected("in string escape code")
                }
            case 0..<0x20: throw unexpected("in string literal")
            default: continue
            }
        }
    }

    private mutating func literal(_ word: String) throws(Problem) {
        for expected in word.utf8.dropFirst() {
            guard try next() == expected else {
                throw unexpected("in literal \(word) (expecting '\(Character(UnicodeScalar(expected)))')")
            }
        }
    }

    private mutating func number(_ first: UInt8) throws(Problem) {
        var digit = first
        if digit == UInt8(ascii: "-") { digit = try next() }
        guard isDigit(digit) else { throw unexpected("in numeric literal") }
        if digit != UInt8(ascii: "0") { skipDigits() }
        if peek == UInt8(ascii: ".") {
            index += 1
            guard isDigit(try next()) else {
                throw unexpected("after decimal point in numeric literal")
            }
            skipDigits()
        }
        guard peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") else { return }
        index += 1
        if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
        guard isDigit(try next()) else { throw unexpected("in exponent of numeric literal") }
        skipDigits()
    }

    // MARK: - Bytes

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func nextMeaning() throws(Problem) -> UInt8 {
        skipSpace()
        return try next()
    }

    private mutating func next() throws(Problem) -> UInt8 {
        guard index < bytes.count else { throw Problem(text: "unexpected end of JSON input") }
        defer { index += 1 }
        return bytes[index]
    }

    private mutating func isNext(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek == byte else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() { while let byte = peek, [9, 10, 13, 32].contains(byte) { index += 1 } }
    private mutating func skipDigits() { while let byte = peek, isDigit(byte) { index += 1 } }

    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }

    /// About the byte that was taken last.
    private func unexpected(_ place: String) -> Problem {
        let byte = bytes[index - 1]
        let shown =
            switch byte {
            case UInt8(ascii: "'"): "\\'"
            case UInt8(ascii: "\""): "\""
            default: String(FieldError.quoted(String(UnicodeScalar(byte))).dropFirst().dropLast())
            }
        return Problem(text: "invalid character '\(shown)' \(place)")
    }
}
