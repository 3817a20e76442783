import Testing

@testable import PodImages

struct RegistryClientTests {
    static let login = RegistryCredential(user: "user", password: "s3cret")
    let registry: ScriptedRegistry

    init() throws { registry = try ScriptedRegistry() }

    func failure(_ body: () throws -> Void) -> ImageError? {
        do {
            try body()
            return nil
        } catch {
            return error as? ImageError ?? ImageError(.host, "another error: \(error)")
        }
    }

    func failure(of repository: String, credential: RegistryCredential? = nil) -> String {
        let error = failure { _ = try registry.client(repository, credential: credential).manifest(tag: "latest") }
        return error?.description ?? "no failure"
    }

    func blobFailure(of repository: String) -> ImageError? {
        failure { _ = try registry.fetch(registry.client(repository)) }
    }

    // MARK: Manifests

    @Test func manifestsComeByTagAndByDigest() throws {
        let client = try registry.client("good")
        let document = try client.manifest(tag: "latest")
        #expect(document.mediaType == "application/vnd.oci.image.manifest.v1+json")
        #expect(document.bytes == Array(#"{"schemaVersion":2}"#.utf8))
        #expect(try client.manifest(digest: document.digest) == document)
        #expect(try client.digest(tag: "latest") == document.digest)
        #expect(client.authorization == nil)
    }

    @Test func aManifestOfAnotherDigestIsRefused() throws {
        let client = try registry.client("good")
        let other = ContentDigest.of([1])
        let error = failure { _ = try client.manifest(digest: other) }
        #expect(error?.kind == .invalid)
        #expect(error?.description.contains("\(other)\": the manifest has digest sha256:") == true)
    }

    @Test func aHugeManifestIsNotRead() {
        #expect(failure(of: "huge").contains("longer than 4194304 bytes"))
    }

    @Test func whatTheRegistrySaysIsShownPlainly() throws {
        let error = failure { _ = try registry.client("missing").manifest(tag: "x") }
        #expect(error?.kind == .missing)
        #expect(
            error?.description
                == "fetch \"\(registry.host)/missing:x\": not found: manifest unknown: manifest [31munknown")
    }

    // MARK: Redirects

    @Test func aRedirectToAnotherHostGetsNoPassword() throws {
        let client = try registry.client("elsewhere", credential: Self.login)
        #expect(try registry.fetch(client) == ScriptedRegistry.blob)
        let there = try registry.requests.filter { $0.host.hasPrefix("localhost") }
        #expect(there.count == 1)
        #expect(there.allSatisfy { $0.authorization.isEmpty })
    }

    @Test(arguments: [
        ("circle", "redirected more than 5 times"), ("file", "no http or https URL"), ("metadata", "169.254.169.254"),
    ])
    func redirectsThatLeadAstray(repository: String, words: String) throws {
        #expect(failure(of: repository).contains(words))
        #expect(try registry.requests.count <= 6 * 5)
    }

    // MARK: Login

    @Test func basicLogin() throws {
        #expect(failure(of: "basic").contains("unauthorized: authentication required (there is no login for"))
        #expect(
            failure(of: "basic", credential: RegistryCredential(user: "user", password: "wr0ng")).contains(
                "unauthorized"))
        let client = try registry.client("basic", credential: Self.login)
        _ = try client.manifest(tag: "latest")
        #expect(client.authorization == "Basic dXNlcjpzM2NyZXQ=")
    }

    @Test func tokensAreFetchedAndFetchedAgain() throws {
        let client = try registry.client("bearer", credential: Self.login)
        for _ in 0..<4 { _ = try client.manifest(tag: "latest") }
        let tokens = try registry.requests.filter { $0.path.hasPrefix("/token") }
        #expect(tokens.count == 2)
        #expect(tokens.allSatisfy { $0.authorization == "Basic dXNlcjpzM2NyZXQ=" })
        #expect(tokens.first?.path == "/token?service=s&scope=repository%3Abearer%3Apull&account=user")
        #expect(client.authorization == "Bearer t2")
    }

    @Test func aWorkerGoesOnWithTheTokenOfItsCoordinator() throws {
        let first = try registry.client("bearer")
        _ = try first.manifest(tag: "latest")
        let second = try RegistryClient(
            endpoint: first.endpoint, credentials: .none, authorization: first.authorization,
            limits: ScriptedRegistry.impatient)
        #expect(try registry.fetch(second) == ScriptedRegistry.blob)
        #expect(try registry.requests.filter { $0.path.hasPrefix("/token") }.count == 1)
    }

    @Test func anIdentityTokenIsPosted() throws {
        let client = try registry.client("bearer", credential: RegistryCredential(identityToken: "a b"))
        _ = try client.manifest(tag: "latest")
        let post = try registry.requests.first { $0.method == "POST" }
        #expect(
            post?.body == "service=s&scope=repository%3Abearer%3Apull&grant_type=refresh_token&client_id=podrun"
                + "&refresh_token=a%20b")
        #expect(post?.authorization == "")
    }

    @Test func aTokenServerOfAStrangerIsAskedAnonymously() throws {
        _ = try registry.client("stranger", credential: Self.login).manifest(tag: "latest")
        let tokens = try registry.requests.filter { $0.path.hasPrefix("/token") }
        #expect(tokens.map(\.host).allSatisfy { $0.hasPrefix("localhost") })
        #expect(tokens.map(\.authorization) == [""])
        #expect(try registry.requests.allSatisfy { !$0.path.contains("user") })
    }

    @Test func noLoopOfRefusals() throws {
        #expect(failure(of: "never", credential: Self.login).contains("unauthorized"))
        #expect(try registry.requests.count == 3)
        #expect(failure(of: "garbage").contains("names no token server"))
        #expect(failure(of: "evil").contains("there is no token in its answer"))
    }

    // MARK: Blobs

    @Test(arguments: ["good", "resume", "norange", "otherrange", "flaky"])
    func everyByteComesOnce(repository: String) throws {
        #expect(try registry.fetch(registry.client(repository)) == ScriptedRegistry.blob)
    }

    @Test func aBrokenTransferGoesOnWhereItBroke() throws {
        let client = try registry.client("resume")
        var causes: [String] = []
        client.onRetry = { cause, _ in causes.append(cause) }
        #expect(try registry.fetch(client) == ScriptedRegistry.blob)
        #expect(try registry.requests.map(\.range) == ["", "bytes=100000-"])
        #expect(causes.count == 1)
    }

    @Test func fiveTriesAreEnough() throws {
        #expect(blobFailure(of: "always")?.description.hasSuffix("(tried 5 times)") == true)
        #expect(try registry.requests.count == 5)
    }

    @Test func aServerThatWantsAnHourIsNotWaitedFor() throws {
        #expect(blobFailure(of: "rate")?.description.contains("unexpected status 429 Words: slow down") == true)
        #expect(try registry.requests.count == 1)
    }

    @Test func tooManyBytesAreRefused() throws {
        #expect(blobFailure(of: "longer")?.description.contains("300001 bytes, expected 300000") == true)
        var count = 0
        let error = failure {
            try registry.client("endless").blob(ContentDigest.of([]), size: 100_000) { count += $0.count }
        }
        #expect(error?.kind == .invalid)
        #expect(count <= 100_000)
    }

    @Test func headersAndComplaintsHaveAnEnd() {
        #expect(failure(of: "bomb").contains("header is longer than 65536 bytes"))
        #expect(failure(of: "complaint").contains("pull access denied"))
        #expect(failure(of: "complaint").utf8.count < 600)
    }

    @Test func aSilentServerIsGivenUp() throws {
        var limits = ScriptedRegistry.impatient
        limits.tries = 1
        let client = try registry.client("silent", limits: limits)
        let error = failure { _ = try client.manifest(tag: "x") }
        #expect(error?.kind == .registry)
        #expect(error?.description.contains("fetch \"\(registry.host)/silent:x\"") == true)
    }

    @Test func whatTheCallerThrowsComesBackAtOnce() throws {
        struct Stop: Error {}
        let client = try registry.client("good")
        #expect(throws: Stop.self) { try client.blob(ContentDigest.of([]), size: 300_000) { _ in throw Stop() } }
        #expect(try registry.requests.count == 1)
    }

    @Test func anUnreachableRegistryIsToldAtOnce() throws {
        let client = try RegistryClient(
            endpoint: RegistryEndpoint(host: "127.0.0.1:1", repository: "x"), credentials: .none)
        let error = failure { _ = try client.manifest(tag: "y") }
        #expect(error?.kind == .registry)
        #expect(error?.description.hasPrefix("fetch \"127.0.0.1:1/x:y\": 127.0.0.1:1: ") == true)
    }

    @Test func aRegistryThatIsNotInsecureGetsNoPlainText() throws {
        // Another spelling of loopback, which podrun does not take for it.
        let port = registry.host.split(separator: ":")[1]
        let client = try RegistryClient(
            endpoint: RegistryEndpoint(host: "127.1:\(port)", repository: "good"),
            credentials: RegistryCredentials(only: Self.login))
        #expect(failure { _ = try client.manifest(tag: "x") } != nil)
        #expect(try registry.requests.isEmpty)
    }
}
