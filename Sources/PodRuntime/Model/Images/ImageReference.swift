/// A name of an image, in Docker's grammar and normalisation (distribution/reference): `nginx` is
/// `docker.io/library/nginx:latest`.
package struct ImageReference: Codable, Sendable, Hashable, CustomStringConvertible {
    /// Host and port of the registry.
    package var registry: String
    /// Path below the registry: `library/nginx`.
    package var repository: String
    /// Empty when only a digest names the image.
    package var tag: String
    /// `sha256:...`, or empty.
    package var digest: String

    /// - Throws: `ImageReferenceError` in the words of Docker's parser.
    package init(_ text: String) throws(ImageReferenceError) {
        var rest = text[...]
        var digest = ""
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
            guard Self.isDigest(digest) else { throw .invalidFormat }
        }
        var tag = ""
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
            guard Self.isTag(tag) else { throw .invalidFormat }
        }
        guard !rest.isEmpty else { throw .invalidFormat }
        if digest.isEmpty, tag.isEmpty, rest.utf8.count == 64, rest.utf8.allSatisfy(Self.isHexadecimal) {
            throw .isIdentifier(text)
        }
        var registry = "docker.io"
        var repository = String(rest)
        if let slash = rest.firstIndex(of: "/") {
            let first = rest[..<slash]
            if first.contains(".") || first.contains(":") || first == "localhost"
                || first != Substring(first.lowercased())
            {
                registry = first == "index.docker.io" ? "docker.io" : String(first)
                repository = String(rest[rest.index(after: slash)...])
            }
        }
        if registry == "docker.io", !repository.contains("/") { repository = "library/" + repository }
        if repository != repository.lowercased() { throw .upperCase(repository) }
        guard Self.isRepository(repository), Self.isRegistry(registry) else { throw .invalidFormat }
        guard registry.utf8.count + 1 + repository.utf8.count <= 255 else { throw .tooLong }
        self.registry = registry
        self.repository = repository
        self.tag = tag.isEmpty && digest.isEmpty ? "latest" : tag
        self.digest = digest
    }

    /// `docker.io/library/nginx:latest`
    package var description: String { name + suffix }

    /// Registry and repository.
    package var name: String { "\(registry)/\(repository)" }

    /// As people write it: `nginx:latest`.
    package var familiar: String { familiarName + suffix }

    package var familiarName: String {
        guard registry == "docker.io" else { return name }
        return repository.hasPrefix("library/") ? String(repository.dropFirst("library/".count)) : repository
    }

    private var suffix: String { (tag.isEmpty ? "" : ":" + tag) + (digest.isEmpty ? "" : "@" + digest) }

    // MARK: - Grammar

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    private static func isHexadecimal(_ byte: UInt8) -> Bool { (97...102).contains(byte) || (48...57).contains(byte) }

    /// `[\w][\w.-]{0,127}`
    private static func isTag(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 128, first != 46, first != 45 else { return false }
        return bytes.allSatisfy { isLowerOrDigit($0) || (65...90).contains($0) || [95, 46, 45].contains($0) }
    }

    /// sha256 only: nothing else is in use, and the name becomes a path.
    private static func isDigest(_ text: String) -> Bool {
        text.hasPrefix("sha256:") && text.utf8.count == 71 && text.utf8.dropFirst(7).allSatisfy(isHexadecimal)
    }

    /// Components of `[a-z0-9]+` joined by one of `.`, `_`, `__`, or any number of `-`.
    private static func isRepository(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
            guard let first = component.utf8.first, let last = component.utf8.last, isLowerOrDigit(first),
                isLowerOrDigit(last)
            else { return false }
            return component.split(whereSeparator: { $0.utf8.allSatisfy(isLowerOrDigit) })
                .allSatisfy { [".", "_", "__"].contains(String($0)) || $0.allSatisfy { $0 == "-" } }
        }
    }

    private static func isRegistry(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[1].isEmpty || !parts[1].utf8.allSatisfy({ (48...57).contains($0) }) { return false }
        return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last, first != 45, last != 45 else {
                return false
            }
            return label.utf8.allSatisfy { isLowerOrDigit($0) || (65...90).contains($0) || $0 == 45 }
        }
    }
}

package enum ImageReferenceError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidFormat
    case upperCase(String)
    case tooLong
    case isIdentifier(String)

    package var description: String {
        switch self {
        case .invalidFormat: "invalid reference format"
        case .upperCase(let name): "invalid reference format: repository name (\(name)) must be lowercase"
        case .tooLong: "invalid reference format: repository name must not be more than 255 characters"
        case .isIdentifier(let text):
            "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings"
        }
    }
}
