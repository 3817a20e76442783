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
