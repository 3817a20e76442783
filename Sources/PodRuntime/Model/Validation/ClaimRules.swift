/// Kubernetes' rules for a PersistentVolumeClaim.
enum ClaimRules {
    private static let accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]

    static func errors(in claim: PersistentVolumeClaim) -> [FieldError] {
        let path = FieldPath("spec")
        let spec = claim.spec
        var errors: [FieldError] = []
        if spec.accessModes.isEmpty {
            errors.append(
                FieldError(path / "accessModes", .required, detail: "at least 1 access mode is required"))
        }
        for mode in spec.accessModes { errors += oneOf(path / "accessModes", mode, accessModes) }
        if spec.accessModes.contains("ReadWriteOncePod"), spec.accessModes.count > 1 {
            errors.append(
                FieldError(
                    path / "accessModes", .forbidden, detail: "may not use ReadWriteOncePod with other access modes"))
        }
        let size = (path / "resources").key("storage")
        if let quantity = spec.resources.requests["storage"] {
            if quantity.isZero || quantity.isNegative {
                errors.append(
                    FieldError(
                        size, .invalid, value: FieldError.quoted(quantity.text), detail: "must be greater than zero"))
            }
        } else {
            errors.append(FieldError(size, .required))
        }
        if let name = spec.storageClassName, !name.isEmpty {
            errors += NameRules.dns1123Subdomain(name).map {
                FieldError(path / "storageClassName", .invalid, value: FieldError.quoted(name), detail: $0)
            }
        }
        if let mode = spec.volumeMode { errors += oneOf(path / "volumeMode", mode, ["Block", "Filesystem"]) }
        return errors
    }

    /// - Parameter claim: bound as `existing` is.
    static func errors(in claim: PersistentVolumeClaim, replacing existing: PersistentVolumeClaim) -> [FieldError] {
        let path = FieldPath("spec")
        var comparable = claim.spec
        if existing.isBound { comparable.resources.requests = existing.spec.resources.requests }
        guard comparable == existing.spec else {
            return [
                FieldError(
                    path, .forbidden,
                    detail: "spec is immutable after creation except resources.requests and volumeAttributesClassName "
                        + "for bound claims")
            ]
        }
        guard let size = claim.spec.resources.requests["storage"], let capacity = existing.status.capacity["storage"],
            size < capacity
        else { return [] }
        return [
            FieldError(
                path / "resources" / "requests" / "storage", .forbidden,
                detail: "field can not be less than status.capacity")
        ]
    }

    private static func oneOf(_ path: FieldPath, _ value: String, _ supported: [String]) -> [FieldError] {
        if supported.contains(value) { return [] }
        return [
            FieldError(
                path, .unsupported, value: FieldError.quoted(value),
                detail: "supported values: " + supported.map(FieldError.quoted).joined(separator: ", "))
        ]
    }
}
