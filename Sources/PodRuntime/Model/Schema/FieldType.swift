/// The type of a field of the model, as `kubectl explain` names it.
package indirect enum FieldType {
    /// `string`, `integer`, `boolean`, `number`, `Object`, `Quantity`, `IntOrString`.
    case plain(String)
    case list(FieldType)
    case map(FieldType)
    case object(ObjectType)

    /// `[]Container`, `map[string]Quantity`.
    package var text: String {
        switch self {
        case .plain(let name): name
        case .list(let element): "[]\(element.text)"
        case .map(let value): "map[string]\(value.text)"
        case .object(let type): type.name
        }
    }

    /// The object that is behind lists and maps; nil where there is none.
    package var object: ObjectType? {
        switch self {
        case .plain: nil
        case .list(let element), .map(let element): element.object
        case .object(let type): type
        }
    }

    init(_ type: any Decodable.Type) {
        if let named = type as? any NamedFieldType.Type {
            self = named.fieldType
        } else {
            self = .object(ObjectType(type))
        }
    }
}

/// An object of the model: its fields are those that its type decodes.
package struct ObjectType {
    package struct Field {
        package let name: String
        package let type: FieldType
        /// Kubernetes' schema wants it to be there.
        package let isRequired: Bool
    }

    package let name: String
    private let type: any Decodable.Type

    init(_ type: any Decodable.Type) {
        name = String(describing: type)
        self.type = type
    }

    /// In the order of their names.
    package var fields: [Field] {
        let kept = (type as? any KeepsEmptyFields.Type)?.keptWhenEmpty ?? []
        return FieldRecorder.fields(of: type).map { field in
            let type = FieldType(field.type)
            // Objects are written even when empty and yet may be left out, but for these.
            var isObject = false
            if case .object = type { isObject = true }
            let isRequired = kept.contains(field.name) && (!isObject || Self.requiredObjects.contains(field.name))
            return Field(name: field.name, type: type, isRequired: isRequired)
        }
        .sorted { $0.name < $1.name }
    }

    private static let requiredObjects = ["podAffinityTerm", "preference"]
}

/// A type that is written as something else than an object.
private protocol NamedFieldType {
    static var fieldType: FieldType { get }
}

extension String: NamedFieldType { static var fieldType: FieldType { .plain("string") } }
extension Bool: NamedFieldType { static var fieldType: FieldType { .plain("boolean") } }
extension Int32: NamedFieldType { static var fieldType: FieldType { .plain("integer") } }
extension Int64: NamedFieldType { static var fieldType: FieldType { .plain("integer") } }
extension Quantity: NamedFieldType { static var fieldType: FieldType { .plain("Quantity") } }
extension IntOrString: NamedFieldType { static var fieldType: FieldType { .plain("IntOrString") } }
extension Timestamp: NamedFieldType { static var fieldType: FieldType { .plain("string") } }
extension Base64Bytes: NamedFieldType { static var fieldType: FieldType { .plain("string") } }
extension Value: NamedFieldType { static var fieldType: FieldType { .plain("Object") } }

extension Array: NamedFieldType where Element: Decodable {
    static var fieldType: FieldType { .list(FieldType(Element.self)) }
}

extension Dictionary: NamedFieldType where Key == String, Value: Decodable {
    static var fieldType: FieldType { .map(FieldType(Value.self)) }
}
