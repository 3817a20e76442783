/// Base64 as Secrets, auth files and Basic authentication have it (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits = 0
        var count = 0
        for byte in bytes {
            bits = (bits << 8 | Int(byte)) & 0xffff
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
        }
        if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
        while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil for anything that isn't base64; the `=` at the end may be missing.
    package static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        var digits = text.utf8[...]
        while digits.last == UInt8(ascii: "=") { digits.removeLast() }
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = (bits << 6 | value) & 0xffff
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 255))
            }
        }
        return digits.count % 4 == 1 ? nil : bytes
    }

    /// Go's words for text that is not base64; never the text.
    package struct Corruption: Error, Equatable, CustomStringConvertible {
        package let offset: Int

        package var description: String { "illegal base64 data at input byte \(offset)" }
    }

    /// As Go's base64.StdEncoding: whole groups of four with their `=`, line ends anywhere.
    package static func decodeStrictly(_ text: String) throws(Corruption) -> [UInt8] {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3)
        var group: (bits: Int, count: Int) = (0, 0)
        var index = 0
        while index < digits.count {
            let digit = digits[index]
            index += 1
            if let value = value(of: digit) {
                group = (group.bits << 6 | value, group.count + 1)
                guard group.count == 4 else { continue }
                bytes += [UInt8(group.bits >> 16), UInt8(group.bits >> 8 & 255), UInt8(group.bits & 255)]
                group = (0, 0)
            } else if !isLineEnd(digit) {
                guard digit == UInt8(ascii: "="), group.count >= 2 else { throw Corruption(offset: index - 1) }
                try checkEnd(digits, index, isHalfPadded: group.count == 2)
                bytes.append(UInt8(group.count == 2 ? group.bits >> 4 : group.bits >> 10))
                if group.count == 3 { bytes.append(UInt8(group.bits >> 2 & 255)) }
                return bytes
            }
        }
        guard group.count == 0 else { throw Corruption(offset: digits.count - group.count) }
        return bytes
    }

    /// What may follow the first `=`: the second one where two are due, and line ends.
    private static func checkEnd(_ digits: [UInt8], _ start: Int, isHalfPadded: Bool) throws(Corruption) {
        var index = start
        func skipLineEnds() { while index < digits.count, isLineEnd(digits[index]) { index += 1 } }
        if isHalfPadded {
            skipLineEnds()
            guard index < digits.count else { throw Corruption(offset: digits.count) }
            guard digits[index] == UInt8(ascii: "=") else { throw Corruption(offset: index - 1) }
            index += 1
        }
        skipLineEnds()
        guard index == digits.count else { throw Corruption(offset: index) }
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 10 || byte == 13 }

    private static func value(of digit: UInt8) -> Int? {
        switch digit {
        case 65...90: Int(digit) - 65
        case 97...122: Int(digit) - 71
        case 48...57: Int(digit) + 4
        case 43: 62
        case 47: 63
        default: nil
        }
    }
}
