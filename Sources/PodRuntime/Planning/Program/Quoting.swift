/// `text` in double quotes for a message: quotes, backslashes and control characters escaped as Go's %q does, cut after
/// 256 characters so that one value can't fill the terminal.
package func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(256) {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "\0"..<" ", "\u{7f}":
            let digits = String(scalar.value, radix: 16)
            result += "\\x" + (digits.count < 2 ? "0" : "") + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    if text.unicodeScalars.dropFirst(256).first != nil { result += "..." }
    return result + "\""
}

/// All of `text` in double quotes, as Go's %q prints it.
func goQuoted(_ text: String) -> String {
    let escapes: [Unicode.Scalar: String] = [
        "\"": "\\\"", "\\": "\\\\", "\u{07}": "\\a", "\u{08}": "\\b", "\u{0c}": "\\f", "\n": "\\n", "\r": "\\r",
        "\t": "\\t", "\u{0b}": "\\v",
    ]
    func digits(_ scalar: Unicode.Scalar, _ count: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    var result = "\""
    for scalar in text.unicodeScalars {
        if let escape = escapes[scalar] {
            result += escape
        } else if scalar.isPrintedByGo {
            result.unicodeScalars.append(scalar)
        } else if scalar.isASCII {
            result += "\\x" + digits(scalar, 2)
        } else {
            result += scalar.value < 0x10000 ? "\\u" + digits(scalar, 4) : "\\U" + digits(scalar, 8)
        }
    }
    return result + "\""
}

extension Unicode.Scalar {
    /// unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
    fileprivate var isPrintedByGo: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
