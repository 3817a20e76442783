import PodModel
import PodPlanning
import Testing

@testable import PodImages

/// Logins from the Secrets of a pod's imagePullSecrets.
@Suite struct PullSecretTests {
    func secret(_ text: String, isLegacy: Bool = false) -> PullSecret {
        PullSecret(name: "default/key", isLegacy: isLegacy, document: Array(text.utf8))
    }

    func login(_ secret: PullSecret, _ name: String) throws -> CredentialFile.Login? {
        try CredentialFile(secret).login(for: RegistryConfiguration().endpoints(for: ImageReference(name))[0])
    }

    let known = CredentialFile.Login.credential(RegistryCredential(user: "u", password: "p"))

    @Test func bothKinds() throws {
        let entry = #"{"a.example": {"auth": "dTpw"}}"#
        #expect(try login(secret(#"{"auths": \#(entry)}"#), "a.example/x") == known)
        #expect(try login(secret(entry, isLegacy: true), "a.example/x") == known)
        #expect(try login(secret(entry, isLegacy: true), "b.example/x") == nil)
    }

    /// A Secret comes from whoever may write one; a helper is a program of the host, run as root.
    @Test func aSecretRunsNoHelper() throws {
        let hostile = secret(#"{"auths": {}, "credHelpers": {"a.example": "evil"}, "credsStore": "evil"}"#)
        #expect(try login(hostile, "a.example/x") == nil)
    }

    @Test(arguments: [
        ("*.example", "a.example/x", true), ("*.example", "a.b.example/x", false), ("*.example", "example/x", false),
        ("a*z.example/team", "abcz.example/team/x", true), ("a*z.example/team", "abcz.example/other/x", false),
        ("*.example:5000", "a.example:5000/x", true), ("*.example:5000", "a.example/x", false),
        ("*", "a.example/x", false), ("*.*", "a.example/x", true),
    ])
    func namesWithAsterisks(key: String, image: String, isKnown: Bool) throws {
        let found = try login(secret(#"{"auths": {"\#(key)": {"auth": "dTpw"}}}"#), image)
        #expect(found == (isKnown ? known : nil))
    }

    @Test func damagedOnesAreNamedAndNotRepeated() throws {
        for text in ["s3cret", #"{"auths": {"a": {"auth": "s3cret!"}}}"#] {
            let error = #expect(throws: ImageError.self) { try CredentialFile(secret(text)) }
            #expect(error?.description.contains("secret default/key") == true)
            #expect(error?.description.contains("s3cret") == false)
        }
        #expect("\(secret("s3cret"))".contains("s3cret") == false)
        #expect(String(reflecting: secret("s3cret")).contains("s3cret") == false)
    }

    /// One that is out of date does not stand in the way of the next; who knows nothing is not asked.
    @Test func everyLoginIsTried() throws {
        func document(_ auth: String) -> String { #"{"auths": {"a.example": {"auth": "\#(auth)"}}}"# }
        let host = try CredentialFile(Array(document("aG9zdDpw").utf8), path: "auth.json")
        let secrets = [secret(document("b2xkOnA=")), secret(#"{"auths": {"b.example": {"auth": "dTpw"}}}"#)]
        let endpoint = RegistryEndpoint(host: "a.example", repository: "x")
        let alternatives = try RegistryCredentials(files: [host]).preceded(by: secrets).alternatives(for: endpoint)
        #expect(try alternatives.map { try $0.credential(for: endpoint)?.user } == ["old", "host"])
        let elsewhere = RegistryEndpoint(host: "c.example", repository: "x")
        let anonymous = try RegistryCredentials(files: [host]).preceded(by: secrets).alternatives(for: elsewhere)
        #expect(try anonymous.map { try $0.credential(for: elsewhere) } == [nil])
    }
}
