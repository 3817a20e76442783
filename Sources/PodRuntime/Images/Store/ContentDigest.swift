import CCrypto

/// A content address: `sha256:` and 64 lower-case hexadecimal digits, nothing else.
///
/// Only values of this type are ever made into file names, so the grammar is checked once, here: an image cannot
/// smuggle `sha256:../../x` into a path (CVE-2024-3727). Other algorithms are refused, not ignored: what isn't hashed
/// isn't verified.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    package let hex: String

    /// nil unless `text` is exactly `sha256:<64 lower-case hex digits>`.
    package init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: String(text.dropFirst(7)))
    }

    package init?(hex: String) {
        let digits = hex.utf8
        guard digits.count == 64, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hex = hex
    }

    fileprivate init(bytes: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package static func of(_ bytes: [UInt8]) -> ContentDigest {
        var hasher = ContentHasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }

    package var description: String { "sha256:" + hex }
}

/// A running SHA-256. A copy continues from where the original was.
package struct ContentHasher {
    private var state = SHA256_CTX()
    /// Bytes hashed so far.
    package private(set) var count: Int64 = 0

    package init() { SHA256_Init(&state) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&state, bytes.baseAddress, bytes.count)
        count += Int64(bytes.count)
    }

    /// The digest of everything seen; the hasher starts anew.
    package mutating func finish() -> ContentDigest {
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256_Final(&bytes, &state)
        self = ContentHasher()
        return ContentDigest(bytes: bytes)
    }
}
