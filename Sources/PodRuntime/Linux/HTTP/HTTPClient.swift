import CTransfer
import Glibc
import PodPlanning

/// HTTP requests that are made while the loop does other things, by libcurl.
package final class HTTPClient {
    private let loop: EventLoop
    private var client: OpaquePointer?
    private var watches: [Int32: EventLoop.Registration] = [:]
    private var timer: TimerID?
    /// By the address of the C side's exchange.
    private var exchanges: [OpaquePointer: HTTPExchange] = [:]

    package init(loop: EventLoop) {
        self.loop = loop
    }

    /// Opens libcurl.
    private func open() throws(HTTPClientError) -> OpaquePointer {
        if let client { return client }
        var callbacks = podrun_client_loop()
        // The client lives as long as the agent.
        callbacks.context = Unmanaged.passUnretained(self).toOpaque()
        callbacks.watch = { context, socket, reads, writes in
            HTTPClient.of(context)?.watch(socket, reads: reads, writes: writes)
        }
        callbacks.wake = { context, milliseconds in HTTPClient.of(context)?.wake(milliseconds) }
        var error = Self.errorBuffer
        guard let client = podrun_client_open(&callbacks, &error) else {
            throw HTTPClientError(
                "load libcurl.so.4: \(Self.text(error)): install the package libcurl4 (HTTP and gRPC probes need it)")
        }
        self.client = client
        return client
    }

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - connectsOnly: nothing is sent: the answer is a response with status 0.
    ///   - handler: called once, from the loop, unless the exchange is cancelled before.
    package func start(
        _ request: HTTPRequest, connectsOnly: Bool = false, _ handler: @escaping (HTTPAnswer) -> Void
    ) throws(HTTPClientError) -> HTTPExchange {
        let client = try open()
        var raw = podrun_exchange_request()
        raw.kind =
            connectsOnly
            ? PODRUN_EXCHANGE_CONNECT : request.version == .http2 ? PODRUN_EXCHANGE_HTTP2 : PODRUN_EXCHANGE_HTTP1
        var error = Self.errorBuffer
        let exchange = CStrings.with(request.headers) { headers in
            headers.map { UnsafePointer($0) }.withUnsafeBufferPointer { headers in
                request.url.withCString { url in
                    (request.body ?? []).withUnsafeBytes { body in
                        raw.url = url
                        raw.headers = headers.baseAddress
                        raw.body = request.body == nil ? nil : body.baseAddress
                        raw.body_size = body.count
                        return podrun_exchange_start(client, &raw, &error)
                    }
                }
            }
        }
        guard let exchange else { throw HTTPClientError("ask \"\(request.url)\": \(Self.text(error))") }
        let result = HTTPExchange(exchange, handler: handler) { [weak self] in self?.exchanges[exchange] = nil }
        exchanges[exchange] = result
        return result
    }

    // MARK: - The loop

    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTPClient? {
        context.map { Unmanaged<HTTPClient>.fromOpaque($0).takeUnretainedValue() }
    }

    private func watch(_ socket: Int32, reads: Bool, writes: Bool) {
        let events: ReadyEvents = reads ? writes ? [.readable, .writable] : .readable : writes ? .writable : []
        if events.isEmpty {
            if let watch = watches.removeValue(forKey: socket) { loop.unwatch(watch) }
        } else if let watch = watches[socket] {
            try? loop.change(watch, to: events)
        } else {
            watches[socket] = try? loop.watch(socket, events) { [weak self] ready in
                let isBroken = !ready.isDisjoint(with: [.error, .hangup])
                self?.act(
                    socket, reads: isBroken || ready.contains(.readable),
                    writes: isBroken || ready.contains(.writable))
            }
        }
    }

    private func wake(_ milliseconds: Int) {
        if let timer { loop.cancel(timer) }
        timer = nil
        if milliseconds < 0 { return }
        let deadline = Clock.monotonic().advanced(byNanoseconds: Int64(milliseconds) * 1_000_000)
        timer = loop.schedule(at: deadline) { [weak self] in
            self?.timer = nil
            self?.act(-1, reads: false, writes: false)
        }
    }

    private func act(_ socket: Int32, reads: Bool, writes: Bool) {
        guard let client else { return }
        podrun_client_act(client, socket, reads, writes)
        while let finished = podrun_client_finished(client) { exchanges[finished]?.finish() }
    }

    // MARK: - Errors

    private static var errorBuffer: [CChar] { [CChar](repeating: 0, count: Int(PODRUN_EXCHANGE_ERROR_SIZE)) }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

package struct HTTPClientError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
