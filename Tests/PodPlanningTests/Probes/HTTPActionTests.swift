import PodModel
import Testing

@testable import PodPlanning

struct HTTPActionTests {
    static func request(
        _ path: String, host: String = "", scheme: String = "HTTP", headers: [HTTPHeader] = []
    ) -> HTTPRequest {
        HTTPAction.request(
            HTTPGetAction(path: path, host: host, scheme: scheme, httpHeaders: headers), port: 8080,
            podIP: "10.85.0.2", from: .probe)
    }

    @Test(arguments: [
        ("/healthz", "/healthz"), ("healthz", "/healthz"), ("/a b?c=d e&f=%20#g", "/a%20b?c=d%20e&f=%20"),
        ("/100%", "/100%25"), ("/ü", "/%C3%BC"), ("/a/../b", "/a/../b"),
    ])
    func pathsAreEncoded(_ path: String, _ expected: String) {
        #expect(Self.request(path).url == "http://10.85.0.2:8080\(expected)")
    }

    @Test func hostsAndSchemes() {
        #expect(Self.request("/", host: "::1", scheme: "HTTPS").url == "https://[::1]:8080/")
        #expect(Self.request("/", host: "example.org").url == "http://example.org:8080/")
    }

    @Test func headers() {
        #expect(Self.request("/").headers == ["User-Agent: kube-probe/1.36", "Connection: close"])
        let given = [
            HTTPHeader(name: "accept", value: ""), HTTPHeader(name: "X-A", value: ""),
            HTTPHeader(name: "user-agent", value: "me"), HTTPHeader(name: "Host", value: "a.b"),
        ]
        #expect(
            Self.request("/", headers: given).headers
                == ["Accept:", "X-A;", "user-agent: me", "Host: a.b", "Connection: close"])
    }

    @Test(arguments: [
        ("http://10.85.0.2:9090/x", true), ("https://10.85.0.2/x", true), ("http://10.85.0.3:8080/x", false),
        ("http://10.85.0.2@evil/x", false), ("http://evil/10.85.0.2:8080", false),
    ])
    func redirectsAreFollowedOnTheSameHost(_ target: String, _ isFollowed: Bool) {
        let response = HTTPResponse(status: 302, redirect: target)
        #expect((HTTPAction.following(response, of: Self.request("/"))?.url == target) == isFollowed)
    }

    @Test func outcomes() {
        func outcome(_ answer: HTTPAnswer) -> ProbeOutcome { HTTPAction.outcome(answer, url: "http://10.85.0.2:80/h") }
        #expect(outcome(.response(HTTPResponse(status: 204))) == .success)
        #expect(
            outcome(.response(HTTPResponse(status: 302, body: Array("b".utf8))))
                == .warning(message: "Probe terminated redirects, Response body: b"))
        #expect(
            outcome(.response(HTTPResponse(status: 400)))
                == .failure(message: "HTTP probe failed with statuscode: 400"))
        #expect(
            outcome(.failure(.refused(cause: "connection refused")))
                == .failure(
                    message: "Get \"http://10.85.0.2:80/h\": dial tcp 10.85.0.2:80: connect: connection refused"))
    }
}

struct GRPCHealthTests {
    @Test func request() {
        let request = GRPCHealth.request(GRPCAction(port: 5000, service: "ab"), podIP: "10.85.0.2")
        #expect(request.url == "http://10.85.0.2:5000/grpc.health.v1.Health/Check")
        #expect(request.body == [0, 0, 0, 0, 4, 0x0a, 2, 97, 98])
        let long = GRPCHealth.request(GRPCAction(port: 1, service: String(repeating: "x", count: 200)), podIP: "")
        #expect(long.body?.prefix(8) == [0, 0, 0, 0, 203, 0x0a, 200, 1])
        #expect(GRPCHealth.request(GRPCAction(port: 1), podIP: "").body == [0, 0, 0, 0, 0])
    }

    @Test func outcomes() {
        func outcome(_ body: [UInt8], code: Int? = 0, _ message: String = "") -> ProbeOutcome? {
            GRPCHealth.outcome(
                .response(HTTPResponse(status: 200, body: body, grpcStatus: code, grpcMessage: message)))
        }
        #expect(outcome([0, 0, 0, 0, 2, 8, 1]) == .success)
        #expect(
            outcome([0, 0, 0, 0, 2, 8, 2])
                == .failure(message: "service unhealthy (responded with \"NOT_SERVING\")"))
        #expect(
            outcome([0, 0, 0, 0, 0]) == .failure(message: "service unhealthy (responded with \"UNKNOWN\")"))
        #expect(
            outcome([], code: 12, "unknown service")
                == .failure(
                    message: "error: this server does not implement the grpc health protocol "
                        + "(grpc.health.v1.Health): unknown service"))
        #expect(
            outcome([], code: 5, "none")
                == .failure(message: "error: health rpc probe failed: rpc error: code = NotFound desc = none"))
        #expect(GRPCHealth.outcome(.failure(.refused(cause: "connection refused"))) == nil)
    }
}
