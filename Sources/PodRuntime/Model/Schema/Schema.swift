/// What can be asked about the fields of an object: their types, what they mean, and whether podrun can give what they ask for.
package struct Schema {
    /// A field, or the object itself for an empty path.
    package struct Entry {
        package let name: String
        package let type: FieldType
        package let isRequired: Bool
        /// A pod with this field is refused, for now.
        package let isUnsupported: Bool
        /// Empty where there are none.
        package let text: String
        /// The values it may have; empty for any.
        package let values: [String]
    }

    package let kind: ObjectKind
    private let root: ObjectType

    package init(_ kind: ObjectKind) {
        self.kind = kind
        root =
            switch kind {
            case .pod: ObjectType(Pod.self)
            case .configMap: ObjectType(ConfigMap.self)
            case .secret: ObjectType(Secret.self)
            case .persistentVolumeClaim: ObjectType(PersistentVolumeClaim.self)
            case .event: ObjectType(Event.self)
            }
    }

    /// - Parameter path: names of fields; lists and maps are passed through.
    /// - Returns: nil if there is no such field.
    package func entry(_ path: [String]) -> Entry? {
        var entry = Entry(
            name: "", type: .object(root), isRequired: true, isUnsupported: false,
            text: FieldDocumentation.text(of: root.name), values: [])
        var walked: [String] = []
        for name in path {
            guard let found = self.entries(of: entry.type, at: walked).first(where: { $0.name == name }) else {
                return nil
            }
            walked.append(name)
            entry = found
        }
        return entry
    }

    /// The fields of the object behind a type, in the order of their names.
    ///
    /// - Parameter path: where in the object that is.
    package func entries(of type: FieldType, at path: [String]) -> [Entry] {
        guard let object = type.object else { return [] }
        return object.fields.map { field in
            let documentation = FieldDocumentation.field(field.name, of: object.name)
            return Entry(
                name: field.name, type: field.type, isRequired: field.isRequired,
                isUnsupported: kind == .pod && SupportedFields.refuses(path + [field.name]),
                text: documentation.text, values: documentation.values)
        }
    }

    /// What is said of an object wherever it is used.
    package func text(of type: FieldType) -> String { type.object.map { FieldDocumentation.text(of: $0.name) } ?? "" }
}
