import PodModel

/// The question of a grpc probe and its answers (grpc.health.v1.Health/Check, pkg/probe/grpc).
package enum GRPCHealth {
    package static func request(_ action: GRPCAction, podIP: String) -> HTTPRequest {
        let service = Array((action.service ?? "").utf8)
        // HealthCheckRequest: field 1, a string. Before it a byte for "not compressed" and the length.
        let message = service.isEmpty ? [] : [0x0a] + varint(service.count) + service
        let length = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: message.count >> $0) }
        return HTTPRequest(
            url: "http://\(address(action, podIP: podIP))/grpc.health.v1.Health/Check",
            headers: ["Content-Type: application/grpc", "TE: trailers", "User-Agent: kube-probe/1.36", "Accept:"],
            body: [0] + length + message, version: .http2)
    }

    package static func address(_ action: GRPCAction, podIP: String) -> String {
        HTTPAction.address(podIP, UInt16(clamping: action.port))
    }

    private static func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
    }

    /// `nil`: there was no connection, and until its time is over the probe tries again.
    package static func outcome(_ answer: HTTPAnswer) -> ProbeOutcome? {
        guard case .response(let response) = answer else { return nil }
        guard let code = response.grpcStatus else {
            return failed("Unknown", "unexpected HTTP status code received from server: \(response.status)")
        }
        switch code {
        case 0:
            guard let status = servingStatus(response.body) else {
                return failed("Internal", "the server's answer is no HealthCheckResponse")
            }
            return status == 1
                ? .success
                : .failure(message: "service unhealthy (responded with \"\(servingName(status))\")")
        case 12:
            return .failure(
                message: "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
                    + response.grpcMessage)
        default:
            return failed(codes.indices.contains(code) ? codes[code] : "Code(\(code))", response.grpcMessage)
        }
    }

    /// The probe's time is over.
    package static func timeout(_ action: GRPCAction, podIP: String, seconds: Int32, isConnected: Bool) -> ProbeOutcome
    {
        let limit = DurationText.text(.seconds(Int(seconds)))
        return .failure(
            message: isConnected
                ? "timeout: health rpc did not complete within \(limit)"
                : "timeout: failed to connect service \"\(address(action, podIP: podIP))\" within \(limit): "
                    + "context deadline exceeded")
    }

    private static func failed(_ code: String, _ description: String) -> ProbeOutcome {
        .failure(message: "error: health rpc probe failed: rpc error: code = \(code) desc = \(description)")
    }

    /// google.golang.org/grpc/codes, by number.
    private static let codes = [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
        "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented",
        "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ]

    private static func servingName(_ status: Int) -> String {
        switch status {
        case 0: "UNKNOWN"
        case 2: "NOT_SERVING"
        case 3: "SERVICE_UNKNOWN"
        default: "\(status)"
        }
    }

    /// HealthCheckResponse: field 1, an enum; a message without it means 0.
    private static func servingStatus(_ body: [UInt8]) -> Int? {
        guard body.count >= 5, body[0] == 0 else { return nil }
        let message = body.dropFirst(5)
        if message.isEmpty { return 0 }
        guard message.count >= 2, message[5] == 0x08, message[6] < 128 else { return nil }
        return Int(message[6])
    }
}
