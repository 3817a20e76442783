/// Encodes `Encodable` types into a tree; keys in the order of the type's fields, nil left out.
package enum NodeEncoder {
    package static func encode(_ value: some Encodable) throws -> Value {
        let encoder = TreeEncoder(path: [])
        return try encoder.box(value)
    }
}

/// Where a container puts its result; references, because `Encoder` hands out containers before they are filled.
private final class Target {
    enum Kind {
        case empty
        case single(Value)
        case object
        case array
    }

    var kind = Kind.empty
    var members: [(key: String, target: Target)] = []
    var items: [Target] = []

    var value: Value {
        switch kind {
        case .empty: .null
        case .single(let value): value
        case .object: .object(members.map { ($0.key, $0.target.value) })
        case .array: .array(items.map(\.value))
        }
    }
}

private struct TreeEncoder: Encoder {
    let path: [PathKey]
    let target = Target()

    var codingPath: [any CodingKey] { path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func box(_ value: some Encodable) throws -> Value {
        switch value {
        case let text as String: return .string(text)
        case let flag as Bool: return .bool(flag)
        case let number as Int: return .int(Int64(number))
        case let number as Int32: return .int(Int64(number))
        case let number as Int64: return .int(number)
        case let number as UInt64: return Int64(exactly: number).map(Value.int) ?? .string(String(number))
        case let number as any FixedWidthInteger:
            return .int(Int64(truncatingIfNeeded: number))
        case let number as Double: return .double(number)
        default:
            let encoder = TreeEncoder(path: path)
            try value.encode(to: encoder)
            return encoder.target.value
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        target.kind = .object
        return KeyedEncodingContainer(KeyedContainer<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        target.kind = .array
        return UnkeyedContainer(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleValue(encoder: self) }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: TreeEncoder

    var codingPath: [any CodingKey] { encoder.path }

    private func member(_ key: Key) -> TreeEncoder {
        let nested = TreeEncoder(path: encoder.path + [PathKey(stringValue: key.stringValue)])
        encoder.target.members.append((key.stringValue, nested.target))
        return nested
    }

    mutating func encodeNil(forKey key: Key) throws {}
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        let nested = member(key)
        nested.target.kind = .single(try nested.box(value))
    }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { member(key).container(keyedBy: type) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        member(key).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { encoder }
    mutating func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let encoder: TreeEncoder

    var codingPath: [any CodingKey] { encoder.path }
    var count: Int { encoder.target.items.count }

    private func item() -> TreeEncoder {
        let nested = TreeEncoder(path: encoder.path + [PathKey(intValue: count)])
        encoder.target.items.append(nested.target)
        return nested
    }

    mutating func encodeNil() throws { _ = item() }
    mutating func encode<T: Encodable>(_ value: T) throws {
        let nested = item()
        nested.target.kind = .single(try nested.box(value))
    }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> { item().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { item().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { item() }
}

private struct SingleValue: SingleValueEncodingContainer {
    let encoder: TreeEncoder

    var codingPath: [any CodingKey] { encoder.path }
    mutating func encodeNil() throws { encoder.target.kind = .single(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { encoder.target.kind = .single(try encoder.box(value)) }
}
