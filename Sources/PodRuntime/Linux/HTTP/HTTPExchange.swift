import CTransfer
import PodPlanning

/// One request of an ``HTTPClient`` that is under way.
package final class HTTPExchange {
    private var raw: OpaquePointer?
    private let handler: (HTTPAnswer) -> Void
    private let forget: () -> Void

    init(_ raw: OpaquePointer, handler: @escaping (HTTPAnswer) -> Void, forget: @escaping () -> Void) {
        self.raw = raw
        self.handler = handler
        self.forget = forget
    }

    /// The connection stands.
    package var isConnected: Bool { raw.map { podrun_exchange_state($0).is_connected } ?? false }

    /// The answer has begun.
    package var hasStatus: Bool { raw.map { podrun_exchange_state($0).status != 0 } ?? false }

    /// Breaks it off; the handler is not called any more.
    package func cancel() {
        guard let raw else { return }
        self.raw = nil
        forget()
        podrun_exchange_end(raw)
    }

    func finish() {
        guard let raw else { return }
        let answer = Self.answer(raw)
        cancel()
        handler(answer)
    }

    private static func answer(_ raw: OpaquePointer) -> HTTPAnswer {
        let state = podrun_exchange_state(raw)
        let detail = state.error.map { String(cString: $0) } ?? ""
        let cause = state.system_error == 0 ? detail : SyscallError.text(of: state.system_error)
        switch state.outcome {
        case PODRUN_EXCHANGE_DONE: break
        case PODRUN_EXCHANGE_UNKNOWN_HOST: return .failure(.unknownHost)
        case PODRUN_EXCHANGE_REFUSED: return .failure(.refused(cause: cause))
        case PODRUN_EXCHANGE_NOT_TLS: return .failure(.notTLS(detail: detail))
        case PODRUN_EXCHANGE_EMPTY: return .failure(.empty)
        case PODRUN_EXCHANGE_RESET: return .failure(.reset(cause: cause))
        case PODRUN_EXCHANGE_NOT_HTTP: return .failure(.notHTTP)
        case PODRUN_EXCHANGE_CUT: return .failure(.cut)
        default: return .failure(.broken(detail: detail))
        }
        let status = podrun_exchange_header(raw, "grpc-status").flatMap { Int(String(cString: $0)) }
        let message = podrun_exchange_header(raw, "grpc-message").map { String(cString: $0) }
        return .response(
            HTTPResponse(
                status: Int(state.status), redirect: state.redirect.map { String(cString: $0) },
                body: Array(UnsafeBufferPointer(start: state.body, count: state.body_size)),
                grpcStatus: status, grpcMessage: message ?? ""))
    }
}
