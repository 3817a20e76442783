/// Kubernetes' rules for names, checked before a name given on the command line becomes part of a path or a request.
enum ObjectName {
    static let labelRule =
        "a name consists of at most 63 lower case letters, digits or '-', and starts and ends with a letter or digit"
    static let subdomainRule =
        "a name consists of at most 253 lower case letters, digits, '-' or '.', and starts and ends with a letter or "
        + "digit"

    /// RFC 1123 label: namespaces and containers.
    static func isLabel(_ name: String) -> Bool {
        name.utf8.count <= 63 && isLabelText(name.utf8[...])
    }

    /// RFC 1123 subdomain: pods.
    static func isSubdomain(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabelText)
    }

    /// In quotes, control characters shown, long ones cut: what was typed may be anything.
    static func quoted(_ name: String) -> String {
        let shown = name.unicodeScalars.prefix(64).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : String($0) }
        return "\"" + shown.joined() + (name.unicodeScalars.count > 64 ? "…" : "") + "\""
    }

    private static func isLabelText(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
