/// Checks a defaulted object by Kubernetes' rules (pkg/apis/core/validation), then by podrun's own.
package enum ObjectValidation {
    /// Bytes of all values of a ConfigMap or Secret (core.MaxSecretSize).
    static let sizeLimit = 1 << 20

    /// Everything that is wrong; empty for an object that can be stored. Values of a Secret are in none of it.
    /// - Parameter object: with defaults.
    package static func errors(in object: StoredObject) -> [FieldError] {
        var errors = MetadataRules.errors(in: object.metadata)
        switch object {
        case .configMap(let configMap): errors += Self.errors(in: configMap)
        case .secret(let secret): errors += SecretRules.errors(in: secret)
        case .persistentVolumeClaim(let claim): errors += ClaimRules.errors(in: claim)
        }
        if errors.isEmpty, case .persistentVolumeClaim(let claim) = object {
            errors = MetadataRules.errors(ofDirectoryFor: claim.metadata)
        }
        guard errors.isEmpty, object.metadata.name.isEmpty else { return errors }
        return [
            FieldError(
                FieldPath("metadata.generateName"), .forbidden,
                detail: "generateName without a name is not supported yet")
        ]
    }

    /// What forbids that `object` takes the place of `existing`.
    package static func errors(in object: StoredObject, replacing existing: StoredObject) -> [FieldError] {
        switch (object, existing) {
        case (.configMap(let new), .configMap(let old)):
            old.immutable == true
                ? immutabilityErrors(
                    stays: new.immutable == true,
                    ["data": new.data == old.data, "binaryData": new.binaryData == old.binaryData])
                : []
        case (.secret(let new), .secret(let old)):
            (new.type == old.type
                ? []
                : [
                    FieldError(
                        FieldPath("type"), .invalid, value: FieldError.quoted(new.type), detail: "field is immutable")
                ])
                + (old.immutable == true
                    ? immutabilityErrors(stays: new.immutable == true, ["data": new.data == old.data]) : [])
        case (.persistentVolumeClaim(let new), .persistentVolumeClaim(let old)):
            ClaimRules.errors(in: new, replacing: old)
        default: []
        }
    }

    /// - Parameter unchanged: by field whether it is.
    private static func immutabilityErrors(stays: Bool, _ unchanged: [String: Bool]) -> [FieldError] {
        let fields = (stays ? [] : ["immutable"]) + unchanged.filter { !$0.value }.keys.sorted(by: >)
        return fields.map {
            FieldError(FieldPath($0), .forbidden, detail: "field is immutable when `immutable` is set")
        }
    }

    private static func errors(in configMap: ConfigMap) -> [FieldError] {
        var errors = keyErrors(configMap.data.keys, FieldPath("data"))
        for key in configMap.data.keys.sorted() where configMap.binaryData[key] != nil {
            errors.append(
                FieldError(
                    FieldPath("data").key(key), .invalid, value: FieldError.quoted(key),
                    detail: "duplicate of key present in binaryData"))
        }
        errors += keyErrors(configMap.binaryData.keys, FieldPath("binaryData"))
        let size =
            configMap.data.values.reduce(0) { $0 + $1.utf8.count }
            + configMap.binaryData.values.reduce(0) { $0 + $1.bytes.count }
        if size > sizeLimit { errors.append(tooLong(FieldPath("[]"))) }
        return errors
    }

    static func keyErrors(_ keys: some Sequence<String>, _ path: FieldPath) -> [FieldError] {
        keys.sorted().flatMap { key in
            NameRules.configMapKey(key).map {
                FieldError(path.key(key), .invalid, value: FieldError.quoted(key), detail: $0)
            }
        }
    }

    static func tooLong(_ path: FieldPath) -> FieldError {
        FieldError(path, .tooLong, detail: "may not be more than \(sizeLimit) bytes")
    }
}
