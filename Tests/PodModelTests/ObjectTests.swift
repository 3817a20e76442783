import PodModel
import Testing

/// ConfigMaps, Secrets and claims: what they are stored as and what is refused, in Kubernetes' words.
struct ObjectTests {
    private static func object(_ text: String) throws -> StoredObject? {
        guard case .stored(let manifest)? = try Manifest.read(Array(text.utf8), file: "f.yaml").first else {
            return nil
        }
        return manifest.object.withDefaults()
    }

    private static func answers(_ kind: String, _ fields: String) -> [String] {
        BadInputTests.answers(to: Array("apiVersion: v1\nkind: \(kind)\nmetadata: {name: x}\n\(fields)\n".utf8))
    }

    @Test func stringDataIsMergedIntoData() throws {
        let text = """
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            data: {a: b2xk, b: a2VwdA==}
            stringData: {a: new}
            """
        guard case .secret(let secret) = try Self.object(text) else {
            Issue.record("no secret")
            return
        }
        #expect(secret.type == "Opaque")
        #expect(secret.files == ["a": Array("new".utf8), "b": Array("kept".utf8)])
        #expect(secret.stringData.isEmpty)
    }

    @Test func sizes() {
        let full = String(repeating: "x", count: 1 << 20)
        #expect(Self.answers("ConfigMap", "data: {a: \(full)}").isEmpty)
        #expect(
            Self.answers("ConfigMap", "data: {a: \(full)}\nbinaryData: {b: AA==}") == [
                "[]: Too long: may not be more than 1048576 bytes"
            ])
        #expect(
            Self.answers("Secret", "stringData: {a: \(full)x}") == [
                "data: Too long: may not be more than 1048576 bytes"
            ])
    }

    @Test(arguments: [
        ("{type: kubernetes.io/tls}", ["data[tls.crt]: Required value", "data[tls.key]: Required value"]),
        (
            "{type: kubernetes.io/basic-auth}", ["data[username]: Required value", "data[password]: Required value"]
        ),
        ("{type: kubernetes.io/basic-auth, stringData: {password: ''}}", []),
        ("{type: kubernetes.io/ssh-auth, stringData: {ssh-privatekey: ''}}", ["data[ssh-privatekey]: Required value"]),
        (
            "{type: kubernetes.io/service-account-token}",
            ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]
        ),
        ("{type: kubernetes.io/dockerconfigjson}", ["data[.dockerconfigjson]: Required value"]),
        ("{type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{\"auths\": {}}'}}", []),
        (
            "{type: kubernetes.io/dockercfg, stringData: {.dockercfg: hunter2}}",
            [
                "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": invalid character 'h' looking for "
                    + "beginning of value"
            ]
        ),
        ("{type: example.com/own}", []),
    ])
    func typesOfSecrets(fields: String, expected: [String]) {
        let text = "{apiVersion: v1, kind: Secret, metadata: {name: x}, \(fields.dropFirst())"
        #expect(Set(BadInputTests.answers(to: Array(text.utf8))) == Set(expected))
    }

    @Test(arguments: [
        ("{}", nil), (" null ", nil), ("{\"a\": [1, -0.5e+3, true, \"\\u00e9\\n\", {}]}", nil),
        ("[1]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ("{\"a\": 1", "unexpected end of JSON input"),
        ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
        ("{\"a\" 1}", "invalid character '1' after object key"),
        ("{\"a\": 1 2}", "invalid character '2' after object key:value pair"),
        ("{} x", "invalid character 'x' after top-level value"), ("[1 2]", "invalid character '2' after array element"),
        ("{\"a\": 01}", "invalid character '1' after object key:value pair"),
        ("tru3", "invalid character '3' in literal true (expecting 'e')"),
        ("\"\\x\"", "invalid character 'x' in string escape code"), ("", "unexpected end of JSON input"),
    ])
    func syntaxOfJSON(text: String, problem: String?) {
        #expect(JSONSyntax.problem(inObject: Array(text.utf8)) == problem)
    }

    /// Go's offsets.
    @Test(arguments: [
        ("", nil), ("YQ==", nil), ("YW\nI=\r\n", nil), ("YWJj", nil), ("plain!", 5), ("%%", 0), ("YQ", 0), ("YQ=", 3),
        ("YQ=a", 2), ("Y===", 1), ("YQ==YQ==", 4), ("YWI=x", 4), ("YWJjZ", 4),
    ])
    func base64(text: String, offset: Int?) {
        let answers = Self.answers("ConfigMap", "binaryData: {a: \(FieldError.quoted(text))}")
        #expect(answers == (offset.map { ["binaryData[a]: illegal base64 data at input byte \($0)"] } ?? []))
    }

    @Test func secretsAreNotEchoed() {
        for value in ["hunter2", "hunter2!", "aHVudGVyMg=", "{b: hunter2!}", "[hunter2]", "1e400"] {
            for field in ["data", "stringData", "type", "immutable", "dta"] {
                for written in ["\(field): {a: \(value)}", "\(field): \(value)"] {
                    let answers = Self.answers("Secret", written)
                    #expect(!answers.joined().contains("hunter2") || field == "type" || field == "dta", "\(answers)")
                }
            }
        }
    }

    @Test func claims() {
        #expect(
            Self.answers("PersistentVolumeClaim", "spec: {volumeMode: Dir}") == [
                "spec.accessModes: Required value: at least 1 access mode is required",
                "spec.resources[storage]: Required value",
                "spec.volumeMode: Unsupported value: \"Dir\": supported values: \"Block\", \"Filesystem\"",
            ])
        #expect(
            Self.answers(
                "PersistentVolumeClaim",
                "spec: {accessModes: [ReadWriteOnce, ReadWriteOncePod, X], resources: {requests: {storage: 0}}}") == [
                    "spec.accessModes: Unsupported value: \"X\": supported values: \"ReadOnlyMany\", "
                        + "\"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"",
                    "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
                    "spec.resources[storage]: Invalid value: \"0\": must be greater than zero",
                ])
    }
}
