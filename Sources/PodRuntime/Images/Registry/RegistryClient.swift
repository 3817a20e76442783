import Glibc
import PodLinux
import PodModel

/// A manifest or index as a registry gave it, its digest verified when it was asked for by digest.
package struct RegistryDocument: Sendable, Equatable {
    package var bytes: [UInt8]
    /// The Content-Type without parameters; empty when there was none.
    package var mediaType: String
    /// Of `bytes`, computed here.
    package var digest: ContentDigest
}

/// Talks to one repository of one registry: requests one after the other over a kept connection.
package final class RegistryClient {
    package let endpoint: RegistryEndpoint
    /// The value of the Authorization header that worked last, nil when none is needed so far. Another client of the
    /// same endpoint (a layer worker) can start with it, and gets itself a new one when it expires.
    package private(set) var authorization: String?
    /// Called before a wait between two tries with what went wrong, without secrets, and the seconds to wait.
    package var onRetry: (_ cause: String, _ seconds: Double) -> Void = { _, _ in }

    private let exchange: RegistryExchange
    private let credentials: RegistryCredentials
    private let limits: TransferLimits
    /// https until an insecure registry turns out not to speak it.
    private var scheme = "https"

    /// What podrun can read, the old formats last.
    private static let accept =
        "Accept: "
        + [
            "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json", "*/*",
        ].joined(separator: ", ")

    /// - Throws: ``ImageError`` `host` when libcurl is not installed.
    package init(
        endpoint: RegistryEndpoint, credentials: RegistryCredentials, authorization: String? = nil,
        limits: TransferLimits = .default
    ) throws {
        self.endpoint = endpoint
        self.credentials = credentials
        self.authorization = authorization
        self.limits = limits
        exchange = try RegistryExchange(isInsecure: endpoint.isInsecure, limits: limits)
    }

    // MARK: Manifests

    /// - Throws: ``ImageError`` `registry`; `missing` when the registry has no such tag.
    package func manifest(tag: String) throws -> RegistryDocument {
        try document(tag, subject: "\(endpoint):\(tag)")
    }

    /// - Throws: as ``manifest(tag:)``; `invalid` when the bytes don't have this digest.
    package func manifest(digest: ContentDigest) throws -> RegistryDocument {
        let subject = "\(endpoint)@\(digest)"
        let document = try document("\(digest)", subject: subject)
        guard document.digest == digest else {
            throw ImageError(.invalid, "fetch \"\(subject)\": the manifest has digest \(document.digest)")
        }
        return document
    }

    /// What a tag stands for now, by HEAD, which rate limits don't count; nil when the registry does not say. A hint:
    /// nothing has been verified.
    package func digest(tag: String) throws -> ContentDigest? {
        try retrying("\(endpoint):\(tag)") {
            let answer = try ask("HEAD", "manifests/\(tag)", [Self.accept], seconds: limits.documentSeconds) { _, _ in }
            guard answer.head.status == 200 else { throw failure(answer) }
            return answer.head.value("docker-content-digest").flatMap { ContentDigest($0) }
        }
    }

    private func document(_ name: String, subject: String) throws -> RegistryDocument {
        try retrying(subject) {
            var bytes: [UInt8] = []
            let answer = try ask("GET", "manifests/\(name)", [Self.accept], seconds: limits.documentSeconds) {
                _, block in
                bytes += block
                if bytes.count > limits.documentBytes {
                    throw RegistryFailure(
                        kind: .invalid, description: "the manifest is longer than \(limits.documentBytes) bytes")
                }
            }
            guard answer.head.status == 200 else { throw failure(answer) }
            return RegistryDocument(
                bytes: bytes, mediaType: answer.head.mediaType, digest: ContentDigest.of(bytes))
        }
    }

    // MARK: Blobs

    /// Streams a blob of exactly `size` bytes in blocks of at most 16 KiB, each byte once and in order however many
    /// tries it takes. The digest is the caller's to check; a mismatch is not tried again.
    ///
    /// - Throws: ``ImageError`` `registry`, `missing`, or `invalid` for a size other than `size`; what `body` throws,
    ///   at once.
    package func blob(
        _ digest: ContentDigest, size: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var delivery = BlobDelivery(digest: digest, size: size)
        try retrying("\(endpoint)@\(digest)", size: size, moved: { delivery.delivered }) {
            delivery.begin()
            do {
                let answer = try ask("GET", "blobs/\(digest)", delivery.rangeHeaders, seconds: 0) { head, block in
                    let new = try delivery.take(block, of: head)
                    if !new.isEmpty { try body(new) }
                }
                if (200...299).contains(answer.head.status) { return try delivery.end() }
                var failure = failure(answer)
                if delivery.refuse(status: answer.head.status) { failure.isTransient = true }
                throw failure
            } catch let failure as TransferFailure {
                // The blob is whole; that its connection ended badly is no matter.
                if delivery.isComplete, failure.isTransient { return }
                throw failure
            }
        }
    }

    // MARK: One question

    /// One request to the repository, redirects and a login included.
    private func ask(
        _ method: String, _ path: String, _ headers: [String], seconds: Int,
        _ body: (ResponseHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> RegistryExchange.Answer {
        var isAuthorizedNow = false
        while true {
            guard let url = exchange.url("\(scheme)://\(endpoint.host)/v2/\(endpoint.repository)/\(path)") else {
                throw RegistryFailure(kind: .invalid, description: "\"\(endpoint.host)\" is no registry's name")
            }
            let request = TransferRequest(method: method, url: url, headers: headers, totalSeconds: seconds)
            let answer: RegistryExchange.Answer
            do {
                answer = try exchange.send(request, secret: authorization, trusted: url.host, body)
            } catch let failure as TransferFailure
                where endpoint.allowsPlainText && !exchange.hasAnswered
                && [.unreachable, .notTLS].contains(failure.cause)
            {
                if scheme == "http" {
                    scheme = "https"
                    throw failure
                }
                scheme = "http"
                continue
            }
            // A redirect's target gets no login, and one that is refused right after it was made is not made again.
            guard answer.head.status == 401, answer.redirects == 0, !isAuthorizedNow else { return answer }
            try authorize(answer, at: url)
            isAuthorizedNow = true
        }
    }

    private func failure(_ answer: RegistryExchange.Answer) -> RegistryFailure {
        RegistryFailure(answer.head, body: answer.body, now: Int(Clock.realtimeNanoseconds() / 1_000_000_000))
    }

    /// - Parameter moved: bytes that came so far, over all tries.
    private func retrying<Result>(
        _ subject: String, size: Int64 = 0, moved: () -> Int64 = { 0 }, _ body: () throws -> Result
    ) throws -> Result {
        var rule = RetryRule(limits, size: size)
        while true {
            let before = moved()
            let failure: RegistryFailure
            do {
                return try body()
            } catch let error as RegistryFailure {
                failure = error
            } catch let error as TransferFailure {
                failure = RegistryFailure(error)
                // Who never was there is not waited for: a wrong name should be told at once.
                if error.cause == .unreachable, !exchange.hasAnswered {
                    throw ImageError(.registry, "fetch \"\(subject)\": \(failure)")
                }
            }
            guard failure.isTransient,
                let seconds = rule.wait(moved: moved() - before, retryAfter: failure.retryAfter)
            else {
                let tries = rule.failures > 1 ? " (tried \(rule.failures) times)" : ""
                throw ImageError(failure.kind, "fetch \"\(subject)\": \(failure)\(tries)")
            }
            onRetry(failure.description, seconds)
            var pause = timespec(tv_sec: Int(seconds), tv_nsec: Int(seconds.truncatingRemainder(dividingBy: 1) * 1e9))
            nanosleep(&pause, nil)
        }
    }

    // MARK: Login

    /// Sets ``authorization`` as the registry asks for it.
    private func authorize(_ answer: RegistryExchange.Answer, at url: TransferURL) throws {
        let challenges = Challenge.parse(answer.head.values("www-authenticate"))
        let credential = try credentials.credential(for: endpoint)
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            authorization = "Bearer " + (try token(bearer, credential, for: url))
        } else if challenges.contains(where: { $0.scheme == "basic" }), let credential, !credential.user.isEmpty,
            credential.basicAuthorization != authorization
        {
            authorization = credential.basicAuthorization
        } else {
            let hint = credential == nil ? " (there is no login for \"\(endpoint.host)\" here)" : ""
            var failure = failure(answer)
            failure.description += hint
            throw failure
        }
    }

    private func token(
        _ challenge: Challenge, _ credential: RegistryCredential?, for registry: TransferURL
    ) throws -> String {
        let text = challenge.parameters["realm"] ?? ""
        guard let realm = exchange.url(text) else {
            throw RegistryFailure(
                description:
                    "the registry's challenge names no token server: realm \"\(Printable.text(text, limit: 100))\"")
        }
        // Everybody on the way to a plain http realm could read the password.
        guard realm.scheme == "https" || registry.scheme == "http" else {
            throw RegistryFailure(
                description: "the registry's token server \"\(realm.hostAndPort)\" speaks plain http: refused")
        }
        // A stranger's token server gets no password, unless it has a login of its own here (CVE-2020-15157).
        let isOwn = RegistryHost.isTokenServer(realm.host, of: registry.host)
        let question = TokenQuestion(
            realm: realm.text, challenge: challenge, scope: "repository:\(endpoint.repository):pull",
            credential: isOwn ? credential : try credentials.credential(forTokenServer: realm.hostAndPort))
        do {
            return try token(question, registry)
        } catch let error as TransferFailure {
            throw RegistryFailure(error).during("get a token from \"\(realm.hostAndPort)\"")
        } catch let error as RegistryFailure {
            throw error.during("get a token from \"\(realm.hostAndPort)\"")
        }
    }

    private func token(_ question: TokenQuestion, _ registry: TransferURL) throws -> String {
        guard let url = exchange.url(question.url) else { throw RegistryFailure(description: "bad URL") }
        var request = TransferRequest(url: url, totalSeconds: limits.documentSeconds)
        if let form = question.form {
            request.method = "POST"
            request.headers = ["Content-Type: application/x-www-form-urlencoded"]
            request.body = Array(form.utf8)
        }
        var bytes: [UInt8] = []
        let answer = try exchange.send(request, secret: question.authorization, trusted: registry.host) { _, block in
            bytes += block
            if bytes.count > limits.tokenBytes {
                throw RegistryFailure(description: "its answer is longer than \(limits.tokenBytes) bytes")
            }
        }
        guard (200...299).contains(answer.head.status) else { throw failure(answer) }
        guard let token = TokenQuestion.token(in: bytes) else {
            throw RegistryFailure(description: "there is no token in its answer")
        }
        return token
    }
}
