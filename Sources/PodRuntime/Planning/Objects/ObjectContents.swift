import PodModel

/// What `create` puts into a ConfigMap or a Secret, entry by entry, with kubectl's rules and words.
package struct ObjectContents: Sendable {
    package struct Problem: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    /// One `--from-literal` or `--from-file`.
    package enum Source: Sendable, Equatable {
        case literal(key: String, value: String)
        /// A file under a key; a nil key is the file's name, and then the path may be a directory, for each file in it.
        case file(key: String?, path: String)
    }

    private let kind: ObjectKind
    private let name: String
    package private(set) var entries: [String: [UInt8]] = [:]

    /// - Parameter name: the object's, for errors.
    package init(_ kind: ObjectKind, name: String) {
        self.kind = kind
        self.name = name
    }

    package mutating func add(_ key: String, _ bytes: [UInt8]) throws(Problem) {
        let problems = NameRules.configMapKey(key)
        let isSecret = kind == .secret
        guard problems.isEmpty else {
            throw Problem(
                isSecret
                    ? "\(FieldError.quoted(key)) is not valid key name for a Secret \(problems.joined(separator: ";"))"
                    : "\(FieldError.quoted(key)) is not a valid key name for a ConfigMap: "
                        + problems.joined(separator: ","))
        }
        if let earlier = entries[key] {
            let place = ObjectContents.isText(earlier) ? "Data" : "BinaryData"
            throw Problem(
                isSecret
                    ? "cannot add key \(key), another key by that name already exists"
                    : "cannot add key \"\(key)\", another key by that name already exists in \(place) for ConfigMap "
                        + "\"\(name)\"")
        }
        entries[key] = bytes
    }

    /// `key=value`; quotes around the value are taken off. A Secret's is not repeated in the error.
    package static func literal(_ text: String, of kind: ObjectKind) throws(Problem) -> Source {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw Problem("invalid literal source\(kind == .secret ? "" : " " + text), expected key=value")
        }
        let isQuote: (Character) -> Bool = { $0 == "\"" || $0 == "'" }
        var value = text[text.index(after: equals)...].drop(while: isQuote)
        while let last = value.last, isQuote(last) { value.removeLast() }
        return .literal(key: String(text[..<equals]), value: String(value))
    }

    /// `path` or `key=path`.
    package static func file(_ text: String) throws(Problem) -> Source {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: return .file(key: nil, path: text)
        case 2 where parts[0].isEmpty: throw Problem("key name for file path \(parts[1]) missing")
        case 2 where parts[1].isEmpty: throw Problem("file path for key name \(parts[0]) missing")
        case 2: return .file(key: parts[0], path: parts[1])
        default: throw Problem("key names or file paths cannot contain '='")
        }
    }

    /// Adds the lines of an env file: `KEY=value`, or `KEY` for the value in the environment of the command. Nothing is
    /// unquoted or expanded. Empty lines and those that begin with `#` are passed over.
    ///
    /// - Parameters:
    ///   - path: for errors.
    ///   - environment: gives a variable's value, "" for one that is not set.
    package mutating func add(
        environmentFile bytes: [UInt8], path: String, environment: (String) -> String
    ) throws(Problem) {
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        if lines.first?.starts(with: [0xef, 0xbb, 0xbf]) == true { lines[0] = lines[0].dropFirst(3) }
        for (index, line) in lines.enumerated() {
            guard ObjectContents.isText(Array(line)) else {
                throw Problem("env file \(path) contains invalid utf8 bytes at line \(index + 1)")
            }
            let end = line.last == 13 ? line.dropLast() : line
            let text = String(decoding: end, as: UTF8.self).drop(while: \.isWhitespace)
            if text.isEmpty || text.first == "#" { continue }
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let problems = NameRules.portableEnvironmentName(parts[0])
            guard problems.isEmpty else {
                throw Problem(
                    "\(FieldError.quoted(parts[0])) is not a valid key name: \(problems.joined(separator: ";"))")
            }
            try add(parts[0], Array((parts.count == 2 ? parts[1] : environment(parts[0])).utf8))
        }
    }

    /// A ConfigMap with them: text in data, the rest in binaryData.
    package func configMap(namespace: String) -> ConfigMap {
        ConfigMap(
            metadata: ObjectMeta(name: name, namespace: namespace),
            data: entries.filter { ObjectContents.isText($0.value) }.mapValues { String(decoding: $0, as: UTF8.self) },
            binaryData: entries.filter { !ObjectContents.isText($0.value) }.mapValues(Base64Bytes.init))
    }

    package func secret(namespace: String, type: String) -> Secret {
        Secret(
            metadata: ObjectMeta(name: name, namespace: namespace), data: entries.mapValues(Base64Bytes.init),
            type: type)
    }

    private static func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}
