/// Any part of an object can be kept as read. Only the tree's own decoder and encoder know how.
extension Value: Codable {
    package init() { self = .null }

    package init(from decoder: any Decoder) throws {
        guard let tree = decoder as? TreeDecoder else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no tree"))
        }
        self = tree.node.value
    }

    package func encode(to encoder: any Encoder) throws {
        guard let tree = encoder as? TreeEncoder else {
            throw EncodingError.invalidValue(self, .init(codingPath: encoder.codingPath, debugDescription: "no tree"))
        }
        tree.set(self)
    }
}

extension YAMLNode {
    /// The tree without places.
    package var value: Value {
        switch content {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .number(let number, _): .double(number)
        case .string(let text): .string(text)
        case .sequence(let items): .array(items.map(\.value))
        case .mapping(let members): .object(members.map { ($0.key, $0.value.value) })
        }
    }
}
