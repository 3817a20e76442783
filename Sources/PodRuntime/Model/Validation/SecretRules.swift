/// Kubernetes' rules for a Secret: what its type says that it holds. No error shows a value.
enum SecretRules {
    static func errors(in secret: Secret) -> [FieldError] {
        let path = FieldPath("data")
        var errors = ObjectValidation.keyErrors(secret.data.keys, path)
        if secret.data.values.reduce(0, { $0 + $1.bytes.count }) > ObjectValidation.sizeLimit {
            errors.append(ObjectValidation.tooLong(path))
        }
        return errors + typeErrors(secret, path)
    }

    private static func typeErrors(_ secret: Secret, _ path: FieldPath) -> [FieldError] {
        func required(_ keys: String...) -> [FieldError] {
            keys.filter { secret.data[$0] == nil }.map { FieldError(path.key($0), .required) }
        }
        switch secret.type {
        case "kubernetes.io/service-account-token":
            let key = "kubernetes.io/service-account.name"
            guard secret.metadata.annotations[key]?.isEmpty ?? true else { return [] }
            return [FieldError(FieldPath("metadata.annotations").key(key), .required)]
        case "kubernetes.io/dockercfg": return documentErrors(secret, ".dockercfg", path)
        case "kubernetes.io/dockerconfigjson": return documentErrors(secret, ".dockerconfigjson", path)
        case "kubernetes.io/basic-auth":
            let missing = required("username", "password")
            return missing.count == 2 ? missing : []
        case "kubernetes.io/ssh-auth":
            let key = "ssh-privatekey"
            return secret.data[key]?.bytes.isEmpty ?? true ? [FieldError(path.key(key), .required)] : []
        case "kubernetes.io/tls": return required("tls.crt", "tls.key")
        default: return []
        }
    }

    /// A JSON object is due.
    private static func documentErrors(_ secret: Secret, _ key: String, _ path: FieldPath) -> [FieldError] {
        guard let document = secret.data[key] else { return [FieldError(path.key(key), .required)] }
        guard let problem = JSONSyntax.problem(inObject: document.bytes) else { return [] }
        return [FieldError(path.key(key), .invalid, value: "\"<secret contents redacted>\"", detail: problem)]
    }
}
