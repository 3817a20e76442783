import PodModel
import Testing

@testable import PodImages

/// The decisions of the registry client: pure.
struct RegistryRuleTests {
    func head(_ lines: String...) -> ResponseHead {
        var head = ResponseHead()
        for line in lines { Array((line + "\r\n").utf8).withUnsafeBytes { head.add(line: $0) } }
        return head
    }

    // MARK: Headers

    @Test func headersAreReadLineByLine() {
        let answer = head(
            "HTTP/1.1 100 Continue", "X-Early: 1", "HTTP/1.1 404 Not Found", "Content-Type: Application/JSON ; a=b",
            "content-length:  12", "nonsense", "")
        #expect(answer.status == 404)
        #expect(answer.reason == "Not Found")
        #expect(answer.mediaType == "application/json")
        #expect(answer.contentLength == 12)
        #expect(answer.value("x-early") == nil)
        #expect(head("HTTP/1.1 200", "Content-Length: -1").contentLength == nil)
        #expect(head("HTTP/1.1 200", "Content-Length: 99999999999999999999").contentLength == nil)
    }

    @Test(arguments: [
        (#"Bearer realm="https://a/t",service="s",scope="repository:x:pull,push""#, "bearer"),
        (#"bearer  realm = "https://a/t" , service=s , scope="repository:x:pull,push", Basic realm="b""#, "bearer"),
    ])
    func challenges(header: String, scheme: String) {
        let first = Challenge.parse([header]).first
        #expect(first?.scheme == scheme)
        #expect(
            first?.parameters == ["realm": "https://a/t", "service": "s", "scope": "repository:x:pull,push"])
    }

    @Test func severalChallenges() {
        let all = Challenge.parse(["Negotiate", #"Basic realm="a \"b\"", Bearer realm=https://x/y"#])
        #expect(all.map(\.scheme) == ["negotiate", "basic", "bearer"])
        #expect(all[1].parameters["realm"] == #"a "b""#)
        #expect(all[2].parameters["realm"] == "https://x/y")
    }

    @Test func garbageIsNoChallenge() {
        for text in ["", ",,,", "=", "\"", "Bearer realm=\"", "\u{1}\u{2}", String(repeating: "x=y,", count: 100_000)] {
            #expect(Challenge.parse([text]).allSatisfy { ($0.parameters["realm"] ?? "").isEmpty })
        }
        #expect(Challenge.parse(["Bearer " + String(repeating: "a=b,", count: 9000)]).count <= 2)
    }

    @Test func base64() {
        for (plain, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("\u{ff}~?", "w79+Pw==")] {
            #expect(Base64.encode(plain.utf8) == text)
            #expect(Base64.decode(text).map { String(decoding: $0, as: UTF8.self) } == plain)
        }
        #expect(Base64.decode("Zg") == [102])
        #expect(Base64.decode("Z") == nil)
        #expect(Base64.decode("Zm9v!") == nil)
    }

    // MARK: Redirects, ranges, retries

    func url(_ text: String, _ scheme: String, _ host: String, _ port: String) -> TransferURL {
        TransferURL(text: text, scheme: scheme, host: host, port: port)
    }

    @Test func redirectsNeverLeaveTLS() {
        let here = url("https://a/x", "https", "a", "443")
        let plain = url("http://a/x", "http", "a", "80")
        func step(_ next: TransferURL?, status: Int = 302, hops: Int = 0) -> RedirectRule.Step {
            RedirectRule.step(
                status: status, from: here, location: next?.text ?? "x:y?secret", to: next, hops: hops, limit: 5)
        }
        #expect(step(here) == .follow(here))
        #expect(step(here, status: 200) == .stay)
        #expect(step(plain) == .refuse("redirected from https to http: \"http://a/x\""))
        #expect(step(here, hops: 5) == .refuse("redirected more than 5 times"))
        #expect(step(nil) == .refuse("redirected to \"x:y\", which is no http or https URL"))
    }

    @Test func ranges() {
        func answer(_ range: String?, status: Int = 206) -> RangeAnswer {
            RangeAnswer(status: status, contentRange: range, offset: 100, size: 200)
        }
        #expect(answer("bytes 100-199/200") == .rest)
        #expect(answer("bytes 100-199/*") == .rest)
        #expect(answer(nil, status: 200) == .whole)
        for bad in [
            nil, "bytes 0-199/200", "bytes 100-198/200", "bytes 100-199/201", "bytes x-y/z", "bytes */200",
            "bytes 100/2-9",
        ] {
            #expect(answer(bad) == .other)
        }
    }

    @Test func triesAndWaits() {
        var rule = RetryRule(TransferLimits(), size: 320)
        #expect((0..<6).map { _ in rule.wait(moved: 9, retryAfter: nil) } == [1, 2, 4, 8, nil, nil])
        rule = RetryRule(TransferLimits(), size: 320)
        for _ in 0..<20 { #expect(rule.wait(moved: 10, retryAfter: nil) == 1) }
        #expect(rule.wait(moved: 10, retryAfter: 7) == 7)
        #expect(rule.wait(moved: 0, retryAfter: 0) == 2)
        #expect(rule.wait(moved: 0, retryAfter: 61) == nil)
    }

    @Test func retryAfter() {
        #expect(RetryRule.retryAfter(head("HTTP/1.1 429", "Retry-After: 12"), now: 0) == 12)
        let date = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(RetryRule.retryAfter(head("HTTP/1.1 429", date), now: 784_111_770) == 7)
        #expect(
            RetryRule.retryAfter(head("HTTP/1.1 429", date, "Date: Sun, 06 Nov 1994 08:49:30 GMT"), now: 0) == 7)
        #expect(RetryRule.retryAfter(head("HTTP/1.1 429", "Retry-After: soon"), now: 0) == nil)
    }

    // MARK: Hosts and tokens

    @Test func passwordsGoToTheRegistrysOwnTokenServer() {
        for (realm, registry) in [
            ("auth.docker.io", "registry-1.docker.io"), ("gitlab.com", "registry.gitlab.com"), ("quay.io", "quay.io"),
            ("auth.example.co.uk", "registry.example.co.uk"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"),
        ] {
            #expect(RegistryHost.isTokenServer(realm, of: registry))
        }
        for (realm, registry) in [
            ("evil.io", "registry-1.docker.io"), ("evildocker.io", "registry-1.docker.io"), ("evil.io", "quay.io"),
            ("127.0.0.2", "127.0.0.1"), ("evil.co.uk", "example.co.uk"), ("a.localhost", "localhost"),
        ] {
            #expect(!RegistryHost.isTokenServer(realm, of: registry))
        }
    }

    @Test func loopback() {
        for host in ["localhost", "LOCALHOST:5000", "127.0.0.1:5000", "127.255.0.9", "[::1]", "[::1]:5000"] {
            #expect(RegistryHost.isLoopback(host))
        }
        for host in ["localhost.example.com", "127.0.0.1.example.com", "127.0.0.256", "128.0.0.1", "[::2]:5000"] {
            #expect(!RegistryHost.isLoopback(host))
        }
    }

    @Test func tokensThatAreHeadersAreTaken() {
        #expect(TokenQuestion.token(in: Array(#"{"token":"a.b"}"#.utf8)) == "a.b")
        #expect(TokenQuestion.token(in: Array(#"{"access_token":"c","expires_in":3}"#.utf8)) == "c")
        for bad in [
            "", "{}", "[]", "<html>", #"{"token":5}"#, #"{"token":""}"#, #"{"token":"a\r\nX: 1"}"#, #"{"token":"a b"}"#,
        ] {
            #expect(TokenQuestion.token(in: Array(bad.utf8)) == nil)
        }
    }

    @Test func complaints() {
        #expect(RegistryFailure.message(Array("<html>".utf8)) == "")
        #expect(RegistryFailure.message(Array(#"{"details":"incorrect username"}"#.utf8)) == "incorrect username")
        #expect(RegistryFailure.message(Array("no\u{1b}[31m\nway".utf8)) == "no [31m way")
        #expect(RegistryFailure.message(Array("\"\(String(repeating: "x", count: 9999))".utf8)).count < 300)
    }
}
