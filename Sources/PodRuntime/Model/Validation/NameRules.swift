import Glibc

/// The forms of names, with Kubernetes' sentences for what breaks them (apimachinery's util/validation).
/// Each returns what is wrong; nothing if all is well.
package enum NameRules {
    static func dns1123Label(_ text: String) -> [String] {
        length(text, 63)
            + (isLabel(text)
                ? []
                : [
                    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
                        + "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
                        + "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                ])
    }

    static func dns1123Subdomain(_ text: String) -> [String] {
        length(text, 253)
            + (text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
                ? []
                : [
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
                        + "must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
                        + "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                ])
    }

    static func dns1123SubdomainWithUnderscore(_ text: String) -> [String] {
        let isValid = text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            let rest = part.hasPrefix("_") ? part.dropFirst() : part
            return wraps(rest, edge: isLowerOrDigit) { isLowerOrDigit($0) || $0 == 45 || $0 == 95 }
        }
        return length(text, 253)
            + (isValid
                ? []
                : [
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
                        + "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
                        + "validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"
                ])
    }

    /// `prefix/name` or `name`, the keys of labels and annotations.
    static func qualifiedName(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let form =
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        var problems: [String] = []
        if parts.count > 2 {
            return [
                "a qualified name \(form) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        if parts.count == 2 {
            problems +=
                parts[0].isEmpty
                ? ["prefix part must be non-empty"]
                : dns1123Subdomain(parts[0]).map { "prefix part \($0)" }
        }
        let name = parts.last ?? ""
        if name.isEmpty { problems.append("name part must be non-empty") }
        problems += length(name, 63).map { "name part \($0)" }
        if !isWord(name) { problems.append("name part \(form)") }
        return problems
    }

    static func labelValue(_ text: String) -> [String] {
        length(text, 63)
            + (text.isEmpty || isWord(text)
                ? []
                : [
                    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
                        + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', "
                        + "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                ])
    }

    package static func configMapKey(_ text: String) -> [String] {
        var problems = length(text, 253)
        if text.isEmpty || !text.utf8.allSatisfy({ isAlphanumeric($0) || [45, 46, 95].contains($0) }) {
            problems.append(
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                    + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")
        }
        if text == "." { problems.append("must not be '.'") }
        if text == ".." {
            problems.append("must not be '..'")
        } else if text.hasPrefix("..") {
            problems.append("must not start with '..'")
        }
        return problems
    }

    static func environmentName(_ text: String) -> [String] {
        text.utf8.allSatisfy { (32...126).contains($0) && $0 != 61 } && !text.isEmpty
            ? []
            : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
    }

    /// A name that every shell takes too.
    package static func portableEnvironmentName(_ text: String) -> [String] {
        let isValid =
            !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || [45, 46, 95].contains($0) }
            && !(48...57).contains(text.utf8.first ?? 0)
        let form =
            "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must "
            + "not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for "
            + "validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
        return (isValid ? [] : [form]) + configMapKey(text).filter { $0.hasPrefix("must not") }
    }

    static func portName(_ text: String) -> [String] {
        var problems = length(text, 15)
        if text.isEmpty || !text.utf8.allSatisfy({ isLowerOrDigit($0) || $0 == 45 }) {
            problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !text.utf8.contains(where: { (97...122).contains($0) }) {
            problems.append("must contain at least one letter (a-z)")
        }
        if text.contains("--") { problems.append("must not contain consecutive hyphens") }
        if text.hasPrefix("-") || text.hasSuffix("-") { problems.append("must not begin or end with a hyphen") }
        return problems
    }

    static func httpHeaderName(_ text: String) -> [String] {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 45 }
            ? []
            : [
                "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
                    + "validation is '[-A-Za-z0-9]+')"
            ]
    }

    static func sysctlName(_ text: String) -> [String] {
        let words = text.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }
        let isValid = words.allSatisfy {
            wraps($0, edge: isLowerOrDigit) { isLowerOrDigit($0) || $0 == 45 || $0 == 95 }
        }
        return isValid && text.utf8.count <= 253
            ? []
            : [
                "must have at most 253 characters and match regex "
                    + "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
            ]
    }

    static func portNumber(_ number: Int64) -> [String] {
        (1...65535).contains(number) ? [] : ["must be between 1 and 65535, inclusive"]
    }

    static func identifier(_ number: Int64) -> [String] {
        (0...Int64(Int32.max)).contains(number) ? [] : ["must be between 0 and 2147483647, inclusive"]
    }

    static func ipAddress(_ text: String) -> [String] {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &bytes) == 1 || inet_pton(AF_INET, text, &bytes) == 1 { return [] }
        let octets = text.split(separator: ".", omittingEmptySubsequences: false)
        let areNumbers = octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
        return [
            areNumbers ? "must not have leading 0s" : "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        ]
    }

    /// A path below something: not absolute, no way up.
    static func descendingPath(_ path: String) -> [String] {
        (path.hasPrefix("/") ? ["must be a relative path"] : []) + noBacksteps(path)
    }

    static func noBacksteps(_ path: String) -> [String] {
        path.split(separator: "/").contains("..") ? ["must not contain '..'"] : []
    }

    static func fileMode(_ mode: Int32) -> [String] {
        (0...0o777).contains(mode) ? [] : ["must be a number between 0 and 0777 (octal), both inclusive"]
    }

    static func length(_ text: String, _ limit: Int) -> [String] {
        text.utf8.count > limit ? ["must be no more than \(limit) characters"] : []
    }

    // MARK: - Characters

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (65...90).contains(byte) }

    private static func isLabel(_ text: some StringProtocol) -> Bool {
        wraps(text, edge: isLowerOrDigit) { isLowerOrDigit($0) || $0 == 45 }
    }

    /// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
    private static func isWord(_ text: String) -> Bool {
        wraps(text, edge: isAlphanumeric) { isAlphanumeric($0) || [45, 46, 95].contains($0) }
    }

    private static func wraps(
        _ text: some StringProtocol, edge: (UInt8) -> Bool, inner: (UInt8) -> Bool
    ) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return false }
        return edge(first) && edge(last) && bytes.allSatisfy(inner)
    }
}
