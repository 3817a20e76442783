/// The rules for what every object carries (apimachinery's ValidateObjectMeta).
enum MetadataRules {
    static func errors(in metadata: ObjectMeta) -> [FieldError] {
        let path = FieldPath("metadata")
        var errors: [FieldError] = []
        func invalid(_ path: FieldPath, _ value: String, _ problems: [String]) {
            errors += problems.map { FieldError(path, .invalid, value: FieldError.quoted(value), detail: $0) }
        }
        if metadata.name.isEmpty && metadata.generateName.isEmpty {
            errors.append(FieldError(path / "name", .required, detail: "name or generateName is required"))
        } else if !metadata.name.isEmpty {
            invalid(path / "name", metadata.name, NameRules.dns1123Subdomain(metadata.name))
        }
        if metadata.namespace.isEmpty {
            errors.append(FieldError(path / "namespace", .required))
        } else {
            invalid(path / "namespace", metadata.namespace, NameRules.dns1123Label(metadata.namespace))
        }
        if metadata.generation < 0 {
            errors.append(
                FieldError(
                    path / "generation", .invalid, value: "\(metadata.generation)",
                    detail: "must be greater than or equal to 0"))
        }
        errors += Self.errors(ofLabels: metadata.labels, path / "labels")
        var size = 0
        for (key, value) in metadata.annotations.sorted(by: { $0.key < $1.key }) {
            invalid(path / "annotations", key, NameRules.qualifiedName(key.lowercased()))
            size += key.utf8.count + value.utf8.count
        }
        if size > 256 << 10 {
            errors.append(FieldError(path / "annotations", .tooLong, detail: "may not be more than 262144 bytes"))
        }
        return errors
    }

    /// podrun's own: `<namespace>_<name>`, with `reserved` more bytes, is the name of a directory of this host.
    static func errors(ofDirectoryFor metadata: ObjectMeta, reserved: Int = 0) -> [FieldError] {
        let longest = 255 - metadata.namespace.utf8.count - 1 - reserved  // NAME_MAX
        guard metadata.name.utf8.count > longest else { return [] }
        return [
            FieldError(
                FieldPath("metadata.name"), .tooLong,
                detail: "may not be more than \(longest) bytes in this namespace: both are in the name of a directory")
        ]
    }

    static func errors(ofLabels labels: [String: String], _ path: FieldPath) -> [FieldError] {
        labels.sorted { $0.key < $1.key }.flatMap { key, value in
            NameRules.qualifiedName(key).map {
                FieldError(path, .invalid, value: FieldError.quoted(key), detail: $0)
            }
                + NameRules.labelValue(value).map {
                    FieldError(path, .invalid, value: FieldError.quoted(value), detail: $0)
                }
        }
    }
}
