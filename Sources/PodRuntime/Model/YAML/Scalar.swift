/// Plain scalars as sigs.k8s.io/yaml (YAML 1.1, goyaml v2) reads them.
enum Scalar {
    private static let words: [String: YAMLNode.Content] = {
        var words: [String: YAMLNode.Content] = ["": .null, "~": .null, "null": .null, "Null": .null, "NULL": .null]
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            words[word] = .bool(true)
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = .bool(false)
        }
        return words
    }()

    static func content(ofPlain text: String) -> YAMLNode.Content {
        if let word = words[text] { return word }
        guard let first = text.utf8.first, "0123456789+-.".utf8.contains(first) else { return .string(text) }
        let digits = text.filter { $0 != "_" }
        if let value = integer(digits) { return .int(value) }
        if isFloat(digits), let value = Double(digits) { return .number(value, text: text) }
        return .string(text)
    }

    /// Go's strconv.ParseInt with base 0: 0x, 0b, 0o and a leading 0 for octal.
    private static func integer(_ text: String) -> Int64? {
        var rest = text[...]
        var sign = ""
        if let first = rest.first, first == "-" || first == "+" {
            sign = String(first)
            rest = rest.dropFirst()
        }
        guard let first = rest.first, first.isASCII, first.isNumber else { return nil }
        let prefix = rest.prefix(2).lowercased()
        for (mark, radix) in [("0x", 16), ("0b", 2), ("0o", 8)] where prefix == mark {
            return Int64(sign + rest.dropFirst(2), radix: radix)
        }
        if first == "0" && rest.count > 1 { return Int64(sign + rest.dropFirst(), radix: 8) }
        return Int64(sign + rest)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isFloat(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        if let first = bytes.first, first == 43 || first == 45 { bytes.removeFirst() }
        let whole = bytes.prefix(while: isDigit)
        bytes = bytes.dropFirst(whole.count)
        if bytes.first == 46 {
            bytes.removeFirst()
            let fraction = bytes.prefix(while: isDigit)
            if whole.isEmpty && fraction.isEmpty { return false }
            bytes = bytes.dropFirst(fraction.count)
        } else if whole.isEmpty {
            return false
        }
        if let mark = bytes.first, mark == 69 || mark == 101 {
            bytes.removeFirst()
            if let sign = bytes.first, sign == 43 || sign == 45 { bytes.removeFirst() }
            let exponent = bytes.prefix(while: isDigit)
            if exponent.isEmpty { return false }
            bytes = bytes.dropFirst(exponent.count)
        }
        return bytes.isEmpty
    }
}
