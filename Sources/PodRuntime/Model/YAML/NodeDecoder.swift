/// Decodes `Codable` types from a tree with Go's rules: what is missing or null is the zero value of strings, booleans,
/// numbers and collections, and nil of optionals. Collects the keys nobody asked for.
package enum NodeDecoder {
    /// A field of the manifest that no type knows.
    package struct UnknownField: Sendable, Equatable {
        package var path: String
        package var position: SourcePosition
    }

    /// - Returns: the value, and what of the tree it did not use.
    /// - Throws: `ManifestError` with the words of Go's JSON decoder.
    package static func decode<T: Decodable>(
        _ type: T.Type, from node: YAMLNode, file: String
    ) throws(ManifestError) -> (T, unknown: [UnknownField]) {
        let unknown = UnknownFields()
        do {
            let decoder = TreeDecoder(node: node, path: [], owner: nil, type: T.self, unknown: unknown)
            let value = try decoder.value(T.self)
            return (value, unknown.fields)
        } catch let error as TypeMismatch {
            throw ManifestError(file: file, position: error.position, text: error.text)
        } catch {
            throw ManifestError(file: file, position: node.position, text: "\(error)")
        }
    }
}

/// What a missing field decodes to, as in Go.
protocol ZeroInitializable {
    init()
}

extension String: ZeroInitializable {}
extension Bool: ZeroInitializable {}
extension Int: ZeroInitializable {}
extension Int32: ZeroInitializable {}
extension Int64: ZeroInitializable {}
extension UInt32: ZeroInitializable {}
extension UInt64: ZeroInitializable {}
extension Double: ZeroInitializable {}
extension Array: ZeroInitializable {}
extension Dictionary: ZeroInitializable {}
extension Set: ZeroInitializable {}
extension Quantity: ZeroInitializable {}
extension IntOrString: ZeroInitializable {}
extension Value: ZeroInitializable {}

private final class UnknownFields {
    var fields: [NodeDecoder.UnknownField] = []
}

/// Go's words for a value of the wrong type.
struct TypeMismatch: Error {
    let position: SourcePosition
    let text: String

    init(position: SourcePosition, text: String) {
        self.position = position
        self.text = text
    }

    init(_ node: YAMLNode, path: [PathKey], owner: String?, type: String) {
        position = node.position
        let fields = path.compactMap { $0.intValue == nil ? $0.stringValue : nil }.joined(separator: ".")
        let place = fields.isEmpty ? "Go value" : "Go struct field \(owner ?? "Pod").\(fields)"
        // Go shows the literal only where a number does not fit a number.
        let isNumeric = ["int32", "int64", "float64"].contains(type)
        let given = isNumeric ? node.typeName : String(node.typeName.prefix { $0 != " " })
        text = "json: cannot unmarshal \(given) into \(place) of type \(type)"
    }
}

struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "[\(intValue)]"
        self.intValue = intValue
    }

    /// A key of a map, which is data: Go's errors leave it out like an index.
    init(mapKey: String) {
        stringValue = "[\(mapKey)]"
        intValue = -1
    }
}

/// Go's name of a Swift type.
private func goName(_ type: Any.Type) -> String {
    switch type {
    case is String.Type: return "string"
    case is Bool.Type: return "bool"
    case is Int32.Type: return "int32"
    case is Int64.Type, is Int.Type: return "int64"
    case is Double.Type: return "float64"
    case is Base64Bytes.Type: return "[]uint8"
    case let array as any GoArray.Type: return "[]" + goName(array.element)
    case let map as any GoMap.Type: return "map[string]" + goName(map.element)
    case let optional as any GoOptional.Type: return goName(optional.wrapped)
    default: return "v1.\(type)"
    }
}

private protocol GoArray { static var element: Any.Type { get } }
private protocol GoMap { static var element: Any.Type { get } }
private protocol GoOptional { static var wrapped: Any.Type { get } }
extension Array: GoArray { fileprivate static var element: Any.Type { Element.self } }
extension Dictionary: GoMap { fileprivate static var element: Any.Type { Value.self } }
extension Optional: GoOptional { fileprivate static var wrapped: Any.Type { Wrapped.self } }

struct TreeDecoder: Decoder {
    let node: YAMLNode
    let path: [PathKey]
    /// Name of the struct that holds the field being decoded.
    let owner: String?
    /// What is being decoded.
    let type: Any.Type
    fileprivate let unknown: UnknownFields

    var codingPath: [any CodingKey] { path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func mismatch(_ type: Any.Type) -> TypeMismatch {
        TypeMismatch(node, path: path, owner: owner, type: goName(type))
    }

    /// An error of a type that reads the tree itself; Kubernetes gives no path there, which helps nobody.
    func failure(_ text: String) -> TypeMismatch {
        TypeMismatch(position: node.position, text: "\(path.fieldPath): \(text)")
    }

    fileprivate func child(_ node: YAMLNode, _ key: PathKey, owner: String?) -> TreeDecoder {
        TreeDecoder(node: node, path: path + [key], owner: owner, type: type, unknown: unknown)
    }

    fileprivate func value<T: Decodable>(_ type: T.Type) throws -> T {
        if node.isNull, let zero = type as? any ZeroInitializable.Type, let value = zero.init() as? T { return value }
        switch (node.content, type) {
        case (.string(let text), is String.Type): if let value = text as? T { return value }
        case (.bool(let flag), is Bool.Type): if let value = flag as? T { return value }
        case (_, is String.Type), (_, is Bool.Type): throw mismatch(type)
        case (.int(let number), is any FixedWidthInteger.Type):
            guard let integer = type as? any FixedWidthInteger.Type, let value = integer.init(exactly: number) as? T
            else {
                throw TypeMismatch(
                    YAMLNode(.number(0, text: String(number)), at: node.position), path: path, owner: owner,
                    type: goName(type))
            }
            return value
        case (.number(let number, _), is any FixedWidthInteger.Type):
            // Large unsigned numbers, and 1e3: Go takes neither for an integer unless the text is one.
            if let integer = type as? any FixedWidthInteger.Type, number == number.rounded(),
                let value = integer.init(exactly: number) as? T, type == UInt64.self
            {
                return value
            }
            throw mismatch(type)
        case (_, is any FixedWidthInteger.Type): throw mismatch(type)
        case (.int(let number), is Double.Type): if let value = Double(number) as? T { return value }
        case (.number(let number, _), is Double.Type): if let value = number as? T { return value }
        case (.sequence, is any GoArray.Type), (.mapping, is any GoMap.Type): break
        case (_, is any GoArray.Type), (_, is any GoMap.Type): if !(type is any AnySet.Type) { throw mismatch(type) }
        default: break
        }
        return try T(from: TreeDecoder(node: node, path: path, owner: owner, type: T.self, unknown: unknown))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch node.content {
        case .mapping(let members):
            return KeyedDecodingContainer(KeyedContainer<Key>(decoder: self, members: members))
        case .null:
            return KeyedDecodingContainer(KeyedContainer<Key>(decoder: self, members: []))
        default:
            throw mismatch(self.type)
        }
    }

    /// Elements of lists and maps belong to the struct that holds the collection.
    fileprivate var childOwner: String? {
        type is any GoArray.Type || type is any GoMap.Type ? owner : "\(type)"
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch node.content {
        case .sequence(let items): return UnkeyedContainer(decoder: self, items: items)
        case .null: return UnkeyedContainer(decoder: self, items: [])
        default: throw TypeMismatch(node, path: path, owner: owner, type: "[]interface {}")
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleValue(decoder: self) }
}

private protocol AnySet {}
extension Set: AnySet {}

private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: TreeDecoder
    let members: [(key: String, keyPosition: SourcePosition, value: YAMLNode)]
    /// Of large maps, such as the data of a ConfigMap: up to this many members, looking through them is faster.
    private var index: [String: YAMLNode] = [:]
    private static var smallCount: Int { 32 }

    var codingPath: [any CodingKey] { decoder.path }
    var allKeys: [Key] { members.compactMap { Key(stringValue: $0.key) } }

    init(decoder: TreeDecoder, members: [(key: String, keyPosition: SourcePosition, value: YAMLNode)]) {
        self.decoder = decoder
        self.members = members
        if members.count > Self.smallCount {
            index = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        }
        // A synthesized CodingKeys enum knows exactly the type's fields; a dictionary's key type takes any string.
        for member in members where Key(stringValue: member.key) == nil {
            decoder.unknown.fields.append(
                NodeDecoder.UnknownField(
                    path: (decoder.path + [PathKey(stringValue: member.key)]).fieldPath, position: member.keyPosition))
        }
    }

    private func node(_ key: Key) -> YAMLNode? {
        index.isEmpty ? members.first { $0.key == key.stringValue }?.value : index[key.stringValue]
    }

    private func child(_ key: Key) -> TreeDecoder {
        decoder.child(
            node(key) ?? YAMLNode(.null, at: decoder.node.position),
            decoder.type is any GoMap.Type ? PathKey(mapKey: key.stringValue) : PathKey(stringValue: key.stringValue),
            owner: decoder.childOwner)
    }

    func contains(_ key: Key) -> Bool { node(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { node(key)?.isNull ?? true }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try child(key).value(type) }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard let node = node(key), !node.isNull else { return nil }
        return try child(key).value(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try child(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { child(key) }
}

private struct UnkeyedContainer: UnkeyedDecodingContainer {
    let decoder: TreeDecoder
    let items: [YAMLNode]
    var currentIndex = 0

    init(decoder: TreeDecoder, items: [YAMLNode]) {
        self.decoder = decoder
        self.items = items
    }

    var codingPath: [any CodingKey] { decoder.path }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    private mutating func next() throws -> TreeDecoder {
        guard !isAtEnd else { throw mismatchAtEnd }
        defer { currentIndex += 1 }
        return decoder.child(items[currentIndex], PathKey(intValue: currentIndex), owner: decoder.childOwner)
    }

    private var mismatchAtEnd: TypeMismatch {
        TypeMismatch(decoder.node, path: decoder.path, owner: decoder.owner, type: "[]interface {}")
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().value(type) }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct SingleValue: SingleValueDecodingContainer {
    let decoder: TreeDecoder

    var codingPath: [any CodingKey] { decoder.path }
    func decodeNil() -> Bool { decoder.node.isNull }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.value(type) }
}

extension [PathKey] {
    /// `spec.containers[0].name`
    var fieldPath: String {
        reduce(into: "") { text, key in
            if key.intValue == nil && !text.isEmpty { text += "." }
            text += key.stringValue
        }
    }
}
