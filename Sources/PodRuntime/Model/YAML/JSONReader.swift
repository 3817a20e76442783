/// Reads JSON into trees with positions. libyaml, which reads YAML, can't read all of it: YAML has no surrogate pairs and
/// no keys of more than 1024 characters.
struct JSONReader {
    /// In the words of Go's encoding/json.
    struct Problem: Error {
        let text: String
    }

    private let bytes: [UInt8]
    private let depthLimit: Int
    private var nodesLeft: Int
    private var index = 0
    private var position = SourcePosition(line: 1, column: 1)
    /// Go's decoder lets the last one win; who decodes a manifest must know.
    private(set) var hasDuplicateKeys = false

    /// - Parameters:
    ///   - depthLimit: nesting; deeper is refused.
    ///   - nodeLimit: of values; more are refused.
    init(_ bytes: [UInt8], depthLimit: Int, nodeLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
        nodesLeft = nodeLimit
    }

    /// The one value, with nothing behind it.
    mutating func document() throws(Problem) -> YAMLNode {
        let node = try value(depth: 0)
        skipSpace()
        guard index < bytes.count else { return node }
        advance()
        throw unexpected("after top-level value")
    }

    private mutating func value(depth: Int) throws(Problem) -> YAMLNode {
        guard depth <= depthLimit, nodesLeft > 0 else { throw Problem(text: "exceeded max depth") }
        nodesLeft -= 1
        skipSpace()
        let start = position
        return YAMLNode(try content(depth: depth), at: start)
    }

    private mutating func content(depth: Int) throws(Problem) -> YAMLNode.Content {
        switch try next() {
        case UInt8(ascii: "{"): return .mapping(try members(depth: depth))
        case UInt8(ascii: "["): return .sequence(try items(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try literal("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        case let digit where digit == UInt8(ascii: "-") || isDigit(digit): return try number(digit)
        default: throw unexpected("looking for beginning of value")
        }
    }

    private mutating func members(depth: Int) throws(Problem) -> [(String, SourcePosition, YAMLNode)] {
        var members: [(String, SourcePosition, YAMLNode)] = []
        var keys: Set<String> = []
        if isNext(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            let start = position
            guard try next() == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            let key = try string()
            if !keys.insert(key).inserted { hasDuplicateKeys = true }
            guard try nextMeaning() == UInt8(ascii: ":") else { throw unexpected("after object key") }
            members.append((key, start, try value(depth: depth + 1)))
            switch try nextMeaning() {
            case UInt8(ascii: "}"): return members
            case UInt8(ascii: ","): continue
            default: throw unexpected("after object key:value pair")
            }
        }
    }

    private mutating func items(depth: Int) throws(Problem) -> [YAMLNode] {
        var items: [YAMLNode] = []
        if isNext(UInt8(ascii: "]")) { return items }
        while true {
            items.append(try value(depth: depth + 1))
            switch try nextMeaning() {
            case UInt8(ascii: "]"): return items
            case UInt8(ascii: ","): continue
            default: throw unexpected("after array element")
            }
        }
    }

    /// Behind its first quote.
    private mutating func string() throws(Problem) -> String {
        var text: [UInt8] = []
        while true {
            switch try next() {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw unexpected("in string literal")
            case let byte: text.append(byte)
            }
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(Problem) {
        switch try next() {
        case UInt8(ascii: "u"): try unicode(into: &text)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case let byte where "\\/\"".utf8.contains(byte): text.append(byte)
        default: throw unexpected("in string escape code")
        }
    }

    /// A surrogate without its other half becomes U+FFFD, as in Go.
    private mutating func unicode(into text: inout [UInt8]) throws(Problem) {
        var unit = try hexUnit()
        while (0xd800..<0xdc00).contains(unit), peek == UInt8(ascii: "\\"), index + 1 < bytes.count,
            bytes[index + 1] == UInt8(ascii: "u")
        {
            advance()
            advance()
            let second = try hexUnit()
            if (0xdc00..<0xe000).contains(second) {
                unit = 0x10000 + (unit - 0xd800) << 10 + (second - 0xdc00)
            } else {
                text.append(contentsOf: UTF8.encodedReplacementCharacter)
                unit = second
            }
        }
        text.append(contentsOf: UnicodeScalar(unit).flatMap(UTF8.encode) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func hexUnit() throws(Problem) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexValue(try next()) else {
                throw unexpected("in \\u hexadecimal character escape")
            }
            unit = unit << 4 | digit
        }
        return unit
    }

    private mutating func literal(_ word: String) throws(Problem) {
        for expected in word.utf8.dropFirst() {
            guard try next() == expected else {
                throw unexpected("in literal \(word) (expecting '\(Character(UnicodeScalar(expected)))')")
            }
        }
    }

    private mutating func number(_ first: UInt8) throws(Problem) -> YAMLNode.Content {
        let start = index - 1
        var digit = first
        if digit == UInt8(ascii: "-") { digit = try next() }
        guard isDigit(digit) else { throw unexpected("in numeric literal") }
        if digit != UInt8(ascii: "0") { skipDigits() }
        if peek == UInt8(ascii: ".") {
            advance()
            guard isDigit(try next()) else {
                throw unexpected("after decimal point in numeric literal")
            }
            skipDigits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            advance()
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { advance() }
            guard isDigit(try next()) else { throw unexpected("in exponent of numeric literal") }
            skipDigits()
        }
        return Scalar.content(ofPlain: String(decoding: bytes[start..<index], as: UTF8.self))
    }

    // MARK: - Bytes

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Columns count characters.
    private mutating func advance() {
        if bytes[index] == 10 {
            position = SourcePosition(line: position.line + 1, column: 1)
        } else if bytes[index] & 0xc0 != 0x80 {
            position.column += 1
        }
        index += 1
    }

    private mutating func nextMeaning() throws(Problem) -> UInt8 {
        skipSpace()
        return try next()
    }

    private mutating func next() throws(Problem) -> UInt8 {
        guard index < bytes.count else { throw Problem(text: "unexpected end of JSON input") }
        defer { advance() }
        return bytes[index]
    }

    private mutating func isNext(_ byte: UInt8) -> Bool {
        skipSpace()
        guard peek == byte else { return false }
        advance()
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 32 || byte == 10 || byte == 13 || byte == 9 { advance() }
    }
    private mutating func skipDigits() { while let byte = peek, isDigit(byte) { advance() } }

    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 48...57: UInt32(byte) - 48
        case 65...70: UInt32(byte) - 55
        case 97...102: UInt32(byte) - 87
        default: nil
        }
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
