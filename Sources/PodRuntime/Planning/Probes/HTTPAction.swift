import PodModel

/// What an httpGet of a probe or hook sends, and what the answer means (pkg/probe/http).
package enum HTTPAction {
    /// kube-probe/1.36 or kube-lifecycle/1.36: servers tell probes by it.
    package enum Sender: String, Sendable {
        case probe = "kube-probe/1.36"
        case lifecycle = "kube-lifecycle/1.36"
    }

    /// Redirects that are followed (net/http's own limit).
    package static let maximumRedirects = 10

    /// - Parameter podIP: the host, where the action names none.
    package static func request(_ action: HTTPGetAction, port: UInt16, podIP: String, from sender: Sender)
        -> HTTPRequest
    {
        let host = action.host.isEmpty ? podIP : action.host
        let scheme = action.scheme == "HTTPS" ? "https" : "http"
        return HTTPRequest(
            url: "\(scheme)://\(address(host, port))\(target(action.path))",
            headers: headers(action.httpHeaders, from: sender))
    }

    /// `10.85.0.2:80`, `[::1]:80`.
    package static func address(_ host: String, _ port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func headers(_ given: [HTTPHeader], from sender: Sender) -> [String] {
        var lines = given.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        func has(_ name: String) -> Bool { given.contains { $0.name.lowercased() == name } }
        if !has("user-agent") { lines.append("User-Agent: \(sender.rawValue)") }
        // An explicit empty Accept is none.
        lines = lines.map { $0.lowercased() == "accept;" ? "Accept:" : $0 }
        // The server need not wait for a next request.
        if !has("connection") { lines.append("Connection: close") }
        return lines
    }

    /// Path and query as they can stand in a request: what can't is percent-encoded, what is encoded stays.
    private static func target(_ path: String) -> String {
        let bytes = Array(path.utf8)
        func isHex(_ index: Int) -> Bool {
            index < bytes.count && Character(UnicodeScalar(bytes[index])).isHexDigit
        }
        // A percent sign that encodes nothing makes all of it a path (formatURL: "Something is busted with the path").
        let isBusted = bytes.indices.contains {
            bytes[$0] == UInt8(ascii: "%") && !(isHex($0 + 1) && isHex($0 + 2))
        }
        let plain = Set("!$&'()*+,-./:;=@_~[]".utf8).union(isBusted ? [] : Set("%?".utf8))
        var text = path.hasPrefix("/") ? "" : "/"
        for byte in bytes {
            // What follows a # stays with the asker.
            if byte == UInt8(ascii: "#"), !isBusted { break }
            let character = Character(UnicodeScalar(byte))
            if byte < 128, character.isLetter || character.isNumber || plain.contains(byte) {
                text.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }

    /// The request that follows a redirect, or nil when it leads to another host: that answer stands as it is.
    ///
    /// - Parameter first: the request that the first redirect answered.
    package static func following(_ response: HTTPResponse, of first: HTTPRequest) -> HTTPRequest? {
        guard [301, 302, 303, 307, 308].contains(response.status), let url = response.redirect,
            host(of: url) == host(of: first.url)
        else { return nil }
        var next = first
        next.url = url
        return next
    }

    /// Without its port, which may change.
    private static func host(of url: String) -> Substring {
        let rest = url.split(separator: "://", maxSplits: 1).last ?? ""
        var authority = rest.prefix { !"/?#".contains($0) }
        if let user = authority.lastIndex(of: "@") { authority = authority[authority.index(after: user)...] }
        if authority.hasPrefix("[") { return authority.prefix { $0 != "]" } }
        return authority.prefix { $0 != ":" }
    }

    /// What a probe's answer says. `url`: of the request that it answers.
    package static func outcome(_ answer: HTTPAnswer, url: String) -> ProbeOutcome {
        switch answer {
        case .response(let response) where 200..<300 ~= response.status: return .success
        case .response(let response) where 300..<400 ~= response.status:
            let body = String(decoding: response.body, as: UTF8.self)
            return .warning(message: "Probe terminated redirects, Response body: \(body)")
        case .response(let response):
            return .failure(message: "HTTP probe failed with statuscode: \(response.status)")
        case .failure(.cut):
            return .error(message: "unexpected EOF")
        case .failure(let failure):
            return .failure(message: message(failure, url: url))
        }
    }

    /// The probe's time is over.
    package static func timeout(url: String, isReadingBody: Bool) -> ProbeOutcome {
        isReadingBody
            ? .error(message: "context deadline exceeded (Client.Timeout or context cancellation while reading body)")
            : .failure(
                message:
                    "Get \"\(url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
    }

    /// As Go's client says it, which the kubelet asks with.
    package static func message(_ failure: HTTPFailure, url: String) -> String {
        let rest = url.drop { $0 != "/" }.dropFirst(2)
        let address = String(rest.prefix { $0 != "/" })
        let cause =
            switch failure {
            case .unknownHost: "dial tcp: lookup \(host(of: url)): no such host"
            case .refused(let cause): "dial tcp \(address): connect: \(cause)"
            case .notTLS(let detail): isHTTP(detail) ? "http: server gave HTTP response to HTTPS client" : detail
            case .empty: "EOF"
            case .reset(let cause): "read tcp \(address): read: \(cause)"
            case .notHTTP: "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
            case .cut: "unexpected EOF"
            case .broken(let detail): detail
            }
        return "Get \"\(url)\": \(cause)"
    }

    /// OpenSSL's words for a server that answers a handshake with plain text.
    private static func isHTTP(_ detail: String) -> Bool {
        detail.contains("wrong version number") || detail.contains("http request")
    }

    /// Whether a hook that was sent by TLS is to be sent again without (handlers.go, isHTTPResponseError).
    package static func isPlainHTTP(_ failure: HTTPFailure) -> Bool {
        if case .notTLS(let detail) = failure { isHTTP(detail) } else { false }
    }

    /// Without what only TLS keeps secret.
    package static func withoutTLS(_ request: HTTPRequest) -> HTTPRequest {
        var plain = request
        plain.url = "http" + request.url.dropFirst("https".count)
        plain.headers.removeAll { $0.lowercased().hasPrefix("authorization") }
        return plain
    }
}
