/// A file's name in a copied tree: one component of a path, as bytes, which need not be UTF-8.
package struct CopyName: Equatable, Sendable {
    package let bytes: [UInt8]

    /// nil unless it names an entry of a directory, and nothing else: no `/`, no NUL, not `.` or `..`.
    package init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        let dot = UInt8(ascii: ".")
        guard !bytes.isEmpty, bytes.count <= 255, bytes != [dot], bytes != [dot, dot],
            !bytes.contains(UInt8(ascii: "/")), !bytes.contains(0)
        else { return nil }
        self.bytes = bytes
    }

    /// The last component of a path; nil for `/`, `.` and `..`.
    package init?(lastOf path: String) {
        self.init(path.utf8.split(separator: UInt8(ascii: "/")).last ?? [])
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Calls `body` with the name as C has it.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let characters = bytes.map(CChar.init(bitPattern:)) + [0]
        return characters.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return "".withCString(body) }
            return body(start)
        }
    }
}

/// Where a symbolic link of a copied tree may point.
package enum CopyLink {
    /// Whether a link that lies `depth` directories below the tree's top stays in the tree, whatever the links on its way are:
    /// relative, and `..` only at the start and not too often. What then follows only descends, through directories of the
    /// tree or through links of which the same is true.
    package static func staysInside(_ target: some Collection<UInt8>, depth: Int) -> Bool {
        guard let first = target.first, first != UInt8(ascii: "/"), !target.contains(0) else { return false }
        var climbs = 0
        var hasDescended = false
        for part in target.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            guard part.elementsEqual("..".utf8) else {
                hasDescended = true
                continue
            }
            climbs += 1
            if hasDescended || climbs > depth { return false }
        }
        return true
    }
}
