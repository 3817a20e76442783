/// Finds a type's fields by letting it decode from nothing: what it asks for is what it has. So the schema can't differ from
/// the model.
enum FieldRecorder {
    static func fields(of type: any Decodable.Type) -> [(name: String, type: any Decodable.Type)] {
        let record = Record()
        // All that can go wrong is a value that none can be made of; the fields are recorded before that.
        _ = try? type.init(from: EmptyDecoder(record: record))
        return record.fields
    }

    fileprivate final class Record {
        var fields: [(name: String, type: any Decodable.Type)] = []
    }

    private struct EmptyDecoder: Decoder {
        let record: Record
        var codingPath: [any CodingKey] { [] }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
            KeyedDecodingContainer(Fields<Key>(record: record))
        }
        func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NoValue() }
        func singleValueContainer() throws -> any SingleValueDecodingContainer { throw NoValue() }
    }

    private struct NoValue: Error {}

    private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let record: Record
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }

        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) -> Bool { false }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            record.fields.append((key.stringValue, type))
            if let zero = type as? any ZeroInitializable.Type, let value = zero.init() as? T { return value }
            return try T(from: EmptyDecoder(record: Record()))
        }

        func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) -> T? {
            record.fields.append((key.stringValue, type))
            return nil
        }

        func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<
            Nested
        > { throw NoValue() }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NoValue() }
        func superDecoder() throws -> any Decoder { throw NoValue() }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw NoValue() }
    }
}
