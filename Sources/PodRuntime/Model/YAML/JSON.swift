/// JSON for state files and the control protocol: the same encoder and decoder as manifests.
package enum JSON {
    /// Bytes of one document; more is refused.
    package static let sizeLimit = 8 << 20

    /// One line. Everything is written, empty or not, so that a round trip is exact.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try NodeEncoder.encodeCompletely(value).writeJSON(to: &bytes)
        return bytes
    }

    /// Fields that the type does not know are passed over: they may be of a newer podrun.
    package static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws(ManifestError) -> T {
        try decode(type, from: node(bytes))
    }

    /// The document as a tree, to be decoded as more than one type.
    package static func node(_ bytes: [UInt8]) throws(ManifestError) -> YAMLNode {
        try YAMLReader.documents(bytes, file: "JSON", sizeLimit: sizeLimit).first ?? .missing
    }

    package static func decode<T: Decodable>(_ type: T.Type, from node: YAMLNode) throws(ManifestError) -> T {
        try NodeDecoder.decode(type, from: node, file: "JSON").0
    }
}

extension Value {
    /// - Parameter pretty: kubectl's form, four spaces and keys sorted; otherwise one line in the order of the fields.
    package func jsonText(pretty: Bool = true) -> String {
        var bytes: [UInt8] = []
        if pretty { sortedByKey.writeJSON(to: &bytes, indent: 0) } else { writeJSON(to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Objects' keys in the order of their bytes, as Go sorts map keys.
    package var sortedByKey: Value {
        switch self {
        case .array(let values): .array(values.map(\.sortedByKey))
        case .object(let members):
            .object(
                members.map { ($0.key, $0.value.sortedByKey) }
                    .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) })
        default: self
        }
    }

    func writeJSON(to bytes: inout [UInt8], indent: Int? = nil) {
        func newLine(_ bytes: inout [UInt8], _ depth: Int) {
            bytes.append(10)
            bytes.append(contentsOf: repeatElement(32, count: depth * 4))
        }
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value): bytes.append(contentsOf: String(value).utf8)
        case .string(let text): Value.writeString(text, to: &bytes)
        case .array(let values):
            bytes.append(91)
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(44) }
                if let indent { newLine(&bytes, indent + 1) }
                value.writeJSON(to: &bytes, indent: indent.map { $0 + 1 })
            }
            if let indent, !values.isEmpty { newLine(&bytes, indent) }
            bytes.append(93)
        case .object(let members):
            bytes.append(123)
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(44) }
                if let indent { newLine(&bytes, indent + 1) }
                Value.writeString(member.key, to: &bytes)
                bytes.append(58)
                if indent != nil { bytes.append(32) }
                member.value.writeJSON(to: &bytes, indent: indent.map { $0 + 1 })
            }
            if let indent, !members.isEmpty { newLine(&bytes, indent) }
            bytes.append(125)
        }
    }

    /// Control characters, DEL to U+009F, and what YAML takes for line ends are escaped: it is YAML, too.
    private static func writeString(_ text: String, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(34)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 34, 92: bytes.append(contentsOf: [92, UInt8(scalar.value)])
            case 10: bytes.append(contentsOf: [92, 110])
            case 13: bytes.append(contentsOf: [92, 114])
            case 9: bytes.append(contentsOf: [92, 116])
            case 0..<32, 127..<160, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff:
                bytes.append(contentsOf: [92, 117])
                for shift in [12, 8, 4, 0] { bytes.append(digits[Int(scalar.value >> UInt32(shift)) & 15]) }
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        bytes.append(34)
    }
}
