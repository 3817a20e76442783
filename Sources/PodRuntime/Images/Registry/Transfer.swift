import CTransfer
import PodLinux
import PodModel

/// Why a request got no whole answer. `description` is one line in libcurl's words, without secrets.
struct TransferFailure: Error, CustomStringConvertible {
    enum Cause: Equatable {
        case unreachable, timeout, notTLS, certificate, broken, misuse
        /// The header is longer than ``TransferLimits/headerBytes``.
        case headerSize
    }

    var cause: Cause
    var description: String
    /// Of the answer that ended too early; 0 when there was none.
    var status = 0

    /// Whether the same request may succeed a moment later.
    var isTransient: Bool { [.unreachable, .timeout, .broken].contains(cause) }
}

/// An http or https URL, taken apart by the parser that also connects.
struct TransferURL: Equatable {
    var text: String
    var scheme: String
    var host: String
    var port: String

    /// Credentials belong to this.
    var origin: String { "\(scheme)://\(host):\(port)" }

    /// As users write it: the port only where it isn't https' own.
    var hostAndPort: String { port == (scheme == "https" ? "443" : "80") ? host : "\(host):\(port)" }
}

struct TransferRequest {
    var method = "GET"
    var url: TransferURL
    /// `Name: value`
    var headers: [String] = []
    var body: [UInt8]?
    var isUnverified = false
    var refusesLinkLocal = false
    /// 0: no limit.
    var totalSeconds = 0
}

/// libcurl: one request at a time over kept connections.
final class Transfer {
    private let handle: OpaquePointer
    private let limits: TransferLimits

    /// - Throws: ``ImageError`` `host` when libcurl is missing.
    init(limits: TransferLimits) throws {
        var error = Self.errorBuffer
        guard let handle = podrun_transfer_open(&error) else {
            throw ImageError(
                .host, "load libcurl.so.4 for registries: \(Self.text(error)) (install the Debian package \"libcurl4\")"
            )
        }
        self.handle = handle
        self.limits = limits
    }

    deinit { podrun_transfer_close(handle) }

    /// nil for what isn't http or https, or has a user's name in it.
    func url(_ text: String, relativeTo base: TransferURL? = nil) -> TransferURL? {
        var url = podrun_transfer_url()
        guard !text.utf8.contains(0), podrun_transfer_url_parse(handle, base?.text, text, &url) else { return nil }
        defer { podrun_transfer_url_free(handle, &url) }
        return TransferURL(
            text: String(cString: url.text), scheme: String(cString: url.scheme), host: String(cString: url.host),
            port: String(cString: url.port))
    }

    /// Makes the request, redirects not followed, and hands the body out as it comes.
    /// - Throws: ``TransferFailure``; what `body` throws.
    func run(
        _ request: TransferRequest, _ body: (ResponseHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> ResponseHead {
        try withoutActuallyEscaping(body) { body in
            let reception = Reception(headerBytes: limits.headerBytes, body: body)
            var error = Self.errorBuffer
            let outcome = perform(request, reception, &error)
            if let error = reception.error { throw error }
            if outcome == PODRUN_TRANSFER_DONE { return reception.head }
            var failure = Self.failure(outcome, Self.text(error), request.url)
            failure.status = reception.head.status
            throw failure
        }
    }

    private func perform(
        _ request: TransferRequest, _ reception: Reception, _ error: inout [CChar]
    ) -> podrun_transfer_outcome {
        let receive: podrun_transfer_receive = { context, part, bytes, size in
            guard let context else { return false }
            return Unmanaged<Reception>.fromOpaque(context).takeUnretainedValue()
                .receive(part, UnsafeRawBufferPointer(start: bytes, count: size))
        }
        var raw = podrun_transfer_request()
        raw.is_unverified = request.isUnverified
        raw.is_direct = RegistryHost.isLoopback(request.url.host)
        raw.refuses_link_local = request.refusesLinkLocal
        raw.connect_seconds = limits.connectSeconds
        raw.idle_seconds = limits.idleSeconds
        raw.total_seconds = request.totalSeconds
        let context = Unmanaged.passUnretained(reception).toOpaque()
        // Expect: would have curl wait for a "100 Continue" that many servers never send.
        let headers = ["User-Agent: podrun", "Expect:"] + request.headers
        let authorities = RegistryHost.authorities(of: request.url)
        return CStrings.with([request.method, request.url.text, authorities ?? ""] + headers) { strings in
            raw.method = UnsafePointer(strings[0])
            raw.url = UnsafePointer(strings[1])
            raw.authorities = authorities == nil ? nil : UnsafePointer(strings[2])
            return strings.dropFirst(3).map { UnsafePointer($0) }.withUnsafeBufferPointer { headers in
                (request.body ?? []).withUnsafeBytes { body in
                    raw.headers = headers.baseAddress
                    raw.body = request.body == nil ? nil : body.baseAddress
                    raw.body_size = body.count
                    return podrun_transfer_run(handle, &raw, receive, context, &error)
                }
            }
        }
    }

    private static func failure(
        _ outcome: podrun_transfer_outcome, _ words: String, _ url: TransferURL
    ) -> TransferFailure {
        let text = "\(url.hostAndPort): \(Printable.text(words, limit: 200))"
        switch outcome {
        case PODRUN_TRANSFER_UNREACHABLE: return TransferFailure(cause: .unreachable, description: text)
        case PODRUN_TRANSFER_TIMEOUT: return TransferFailure(cause: .timeout, description: text)
        case PODRUN_TRANSFER_NOT_TLS: return TransferFailure(cause: .notTLS, description: text)
        case PODRUN_TRANSFER_CERTIFICATE: return TransferFailure(cause: .certificate, description: text)
        case PODRUN_TRANSFER_CERTIFICATE_TOO_NEW:
            return TransferFailure(
                cause: .certificate,
                description: "\(url.hostAndPort): its certificate is not valid yet: "
                    + "this host's clock says \(RegistryHost.now()), is that right?")
        case PODRUN_TRANSFER_CERTIFICATE_TOO_OLD:
            return TransferFailure(
                cause: .certificate,
                description: "\(url.hostAndPort): its certificate has expired "
                    + "(this host's clock says \(RegistryHost.now()))")
        case PODRUN_TRANSFER_BROKEN: return TransferFailure(cause: .broken, description: text)
        default: return TransferFailure(cause: .misuse, description: text)
        }
    }

    private static var errorBuffer: [CChar] { [CChar](repeating: 0, count: Int(PODRUN_TRANSFER_ERROR_SIZE)) }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What the C callback fills: only a pointer can pass through C.
private final class Reception {
    private(set) var head = ResponseHead()
    private(set) var error: (any Error)?
    private let headerBytes: Int
    private let body: (ResponseHead, UnsafeRawBufferPointer) throws -> Void

    init(headerBytes: Int, body: @escaping (ResponseHead, UnsafeRawBufferPointer) throws -> Void) {
        self.headerBytes = headerBytes
        self.body = body
    }

    func receive(_ part: podrun_transfer_part, _ bytes: UnsafeRawBufferPointer) -> Bool {
        do {
            if part == PODRUN_TRANSFER_BODY {
                try body(head, bytes)
            } else {
                head.add(line: bytes)
                if head.size > headerBytes {
                    let field = Printable.text(String(decoding: bytes.prefix { $0 != 58 }, as: UTF8.self), limit: 40)
                    throw TransferFailure(
                        cause: .headerSize,
                        description: "the answer's header is longer than \(headerBytes) bytes, at \"\(field)\"")
                }
            }
            return true
        } catch {
            self.error = error
            return false
        }
    }
}
