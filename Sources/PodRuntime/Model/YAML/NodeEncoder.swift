/// Encodes `Encodable` types into a tree; keys in the order of the type's fields, nil left out.
package enum NodeEncoder {
    /// As Kubernetes writes objects: fields that are not optional are left out while empty, unless the type keeps them,
    /// and times are whole seconds (metav1.Time).
    package static func encode(_ value: some Encodable) throws -> Value {
        try TreeEncoder(path: [], isComplete: false).box(value)
    }

    /// Everything that is not nil, times to the nanosecond.
    package static func encodeCompletely(_ value: some Encodable) throws -> Value {
        try TreeEncoder(path: [], isComplete: true).box(value)
    }
}

private protocol AnyDictionary {}
extension Dictionary: AnyDictionary {}

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

struct TreeEncoder: Encoder {
    let path: [PathKey]
    let isComplete: Bool
    /// Which fields are left out while empty; nil in dictionaries, whose members are all data.
    fileprivate var kept: [String]? = []
    fileprivate let target = Target()

    init(path: [PathKey], isComplete: Bool) {
        self.path = path
        self.isComplete = isComplete
    }

    func set(_ value: Value) { target.kind = .single(value) }

    var codingPath: [any CodingKey] { path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    fileprivate func box(_ value: some Encodable) throws -> Value {
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
        case let time as Timestamp where !isComplete: return .string(time.text)
        default:
            var encoder = TreeEncoder(path: path, isComplete: isComplete)
            encoder.kept =
                value is any AnyDictionary ? nil : (type(of: value) as? any KeepsEmptyFields.Type)?.keptWhenEmpty ?? []
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
        let nested = TreeEncoder(
            path: encoder.path + [PathKey(stringValue: key.stringValue)], isComplete: encoder.isComplete)
        encoder.target.members.append((key.stringValue, nested.target))
        return nested
    }

    mutating func encodeNil(forKey key: Key) throws {}
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        let nested = member(key)
        let boxed = try nested.box(value)
        if !encoder.isComplete, boxed.isEmpty, let kept = encoder.kept, !kept.contains(key.stringValue) {
            encoder.target.members.removeLast()
        } else {
            nested.target.kind = .single(boxed)
        }
    }

    // A pointer in Go: what it points to is written however empty, and nil only where Go has no omitempty.
    mutating func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        if let value {
            let nested = member(key)
            nested.target.kind = .single(try nested.box(value))
        } else if !encoder.isComplete, encoder.kept?.contains(key.stringValue) == true {
            member(key).target.kind = .single(.null)
        }
    }
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encodePresent(value, key) }
    mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encodePresent(value, key) }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encodePresent(value, key) }
    mutating func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try encodePresent(value, key) }
    mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try encodePresent(value, key) }
    mutating func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try encodePresent(value, key) }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encodePresent(value, key) }

    private func encodePresent(_ value: (some Encodable)?, _ key: Key) throws {
        guard let value else { return }
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
        let nested = TreeEncoder(path: encoder.path + [PathKey(intValue: count)], isComplete: encoder.isComplete)
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
