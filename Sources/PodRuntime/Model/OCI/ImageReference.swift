/// An image's name as Docker reads it: `nginx` is `docker.io/library/nginx:latest`.
package struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// Host with an optional port: `docker.io`, `localhost:5000`.
    package let registry: String
    /// Path below the registry: `library/nginx`.
    package let repository: String
    /// Empty only when there is a digest and no tag was written.
    package let tag: String
    /// `sha256:<64 hex digits>`, or nil.
    package let digest: String?

    /// Reads a name by Docker's grammar. A name without tag and digest gets the tag `latest`.
    /// - Throws: for upper case in the path, a bad tag, an unknown kind of digest.
    package init(_ text: String) throws(ImageReferenceError) {
        let invalid = ImageReferenceError(name: text)
        var rest = Substring(text)
        var digest: String?
        if let at = rest.firstIndex(of: "@") {
            let written = rest[rest.index(after: at)...]
            guard Self.isDigest(written) else { throw invalid }
            digest = String(written)
            rest = rest[..<at]
        }
        var tag = ""
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            guard Self.isTag(tag) else { throw invalid }
            rest = rest[..<colon]
        }
        var registry = "docker.io"
        if let slash = rest.firstIndex(of: "/") {
            let head = rest[..<slash]
            // Docker's rule: the first part is a host when it looks like one, or can't be a path.
            if head == "localhost" || head.contains(".") || head.contains(":") || head.contains(where: \.isUppercase) {
                guard Self.isHost(head) else { throw invalid }
                registry = head == "index.docker.io" ? "docker.io" : String(head)
                rest = rest[rest.index(after: slash)...]
            }
        }
        var repository = String(rest)
        if registry == "docker.io", !repository.contains("/") { repository = "library/" + repository }
        guard Self.isPath(repository), registry.utf8.count + 1 + repository.utf8.count <= 255 else { throw invalid }
        // 64 hex digits alone would be read as an image ID elsewhere; Docker refuses them as a name.
        guard !(text.utf8.count == 64 && text.utf8.allSatisfy(Self.isLowerHex)) else { throw invalid }
        self.registry = registry
        self.repository = repository
        self.tag = tag.isEmpty && digest == nil ? "latest" : tag
        self.digest = digest
    }

    /// `docker.io/library/nginx:latest`, the name in the store, in status and in messages.
    package var name: String {
        repositoryName + (tag.isEmpty ? "" : ":" + tag) + (digest.map { "@" + $0 } ?? "")
    }

    /// `docker.io/library/nginx`
    package var repositoryName: String { registry + "/" + repository }

    /// The shortest name that means the same: `nginx:latest`, `bitnami/redis:7`, `quay.io/a/b:1`.
    package var familiarName: String {
        familiarRepository + (tag.isEmpty ? "" : ":" + tag) + (digest.map { "@" + $0 } ?? "")
    }

    /// ``familiarName`` without tag and digest, the REPOSITORY column of tables.
    package var familiarRepository: String {
        guard registry == "docker.io" else { return repositoryName }
        return repository.hasPrefix("library/") ? String(repository.dropFirst("library/".count)) : repository
    }

    package var description: String { name }

    // MARK: Grammar (distribution/reference)

    private static func isDigest(_ text: Substring) -> Bool {
        guard text.hasPrefix("sha256:") else { return false }
        let hex = text.dropFirst("sha256:".count).utf8
        return hex.count == 64 && hex.allSatisfy(isLowerHex)
    }

    private static func isTag(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= 128, isWord(first) else { return false }
        return bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    private static func isHost(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, parts.count <= 2 else { return false }
        if parts.count == 2, parts[1].isEmpty || !parts[1].utf8.allSatisfy({ (48...57).contains($0) }) { return false }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            let dash = UInt8(ascii: "-")
            return first != dash && last != dash && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == dash }
        }
    }

    /// Lower-case words joined by one `.`, one or two `_`, or any number of `-`.
    private static func isPath(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            var separator: [UInt8] = []
            guard let first = part.utf8.first, isLowerWord(first), let last = part.utf8.last, isLowerWord(last) else { return false }
            for byte in part.utf8 {
                if isLowerWord(byte) {
                    guard isSeparator(separator) else { return false }
                    separator = []
                } else {
                    separator.append(byte)
                }
            }
            return true
        }
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes.isEmpty || bytes == [UInt8(ascii: ".")] || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
            || (bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: "_") })
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
    private static func isLowerWord(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerWord(byte) || (65...90).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
}

/// A text that names no image.
package struct ImageReferenceError: Error, Equatable, CustomStringConvertible {
    package let name: String

    package init(name: String) { self.name = name }

    /// Docker's words, without the name.
    package var description: String { "invalid reference format" }
}
