/// Bytes that YAML and JSON hold as Base64 (Go's `[]byte`).
package struct Base64Bytes: Codable, Sendable, Hashable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Throws: Go's words, without the value, which may be a secret.
    package init(from decoder: any Decoder) throws {
        let tree = decoder as? TreeDecoder
        if let tree, tree.node.string == nil, !tree.node.isNull { throw tree.mismatch(Base64Bytes.self) }
        let text = try tree.map { $0.node.string ?? "" } ?? decoder.singleValueContainer().decode(String.self)
        do throws(Base64.Corruption) {
            bytes = try Base64.decodeStrictly(text)
        } catch {
            if let tree { throw tree.failure("\(error)") }
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Base64.encode(bytes))
    }
}
