/// One HTTP request of a probe or hook: as plain as it goes over the wire.
package struct HTTPRequest: Sendable, Equatable {
    package enum Version: Sendable {
        case http1
        /// Also without TLS: the server is known to speak it.
        case http2
    }

    package var url: String
    /// `Name: value`; `Name;` for an empty value; `Name:` for a header that is not sent though it is usual.
    package var headers: [String]
    /// nil: GET, else POST.
    package var body: [UInt8]?
    package var version = Version.http1

    package init(url: String, headers: [String], body: [UInt8]? = nil, version: Version = .http1) {
        self.url = url
        self.headers = headers
        self.body = body
        self.version = version
    }
}

/// What came of a request.
package enum HTTPAnswer: Sendable, Equatable {
    case response(HTTPResponse)
    case failure(HTTPFailure)
}

package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    /// Where it sends the asker, as an absolute URL.
    package var redirect: String?
    /// At most its first 10 KiB.
    package var body: [UInt8]
    /// `grpc-status` and `grpc-message`, from its header or trailer.
    package var grpcStatus: Int?
    package var grpcMessage: String

    package init(
        status: Int, redirect: String? = nil, body: [UInt8] = [], grpcStatus: Int? = nil, grpcMessage: String = ""
    ) {
        self.status = status
        self.redirect = redirect
        self.body = body
        self.grpcStatus = grpcStatus
        self.grpcMessage = grpcMessage
    }
}

package enum HTTPFailure: Sendable, Equatable {
    case unknownHost
    /// No connection, and why: `connection refused`.
    case refused(cause: String)
    /// The server speaks no TLS, or none that this side does; `detail`: libcurl's words.
    case notTLS(detail: String)
    /// The connection ended before an answer.
    case empty
    case reset(cause: String)
    case notHTTP
    /// The answer ended before its time.
    case cut
    case broken(detail: String)
}
