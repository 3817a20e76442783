/// Requests with their redirects: what came of one, and which hosts see a secret.
final class RegistryExchange {
    /// The final answer. The body of a success went to the caller's closure, that of anything else is in `body`.
    struct Answer {
        var head: ResponseHead
        var body: [UInt8] = []
        var redirects = 0
    }

    private let transfer: Transfer
    private let limits: TransferLimits
    private let isInsecure: Bool
    /// Whether any server answered anything so far.
    private(set) var hasAnswered = false

    init(isInsecure: Bool, limits: TransferLimits) throws {
        transfer = try Transfer(limits: limits)
        self.limits = limits
        self.isInsecure = isInsecure
    }

    func url(_ text: String) -> TransferURL? { transfer.url(text) }

    /// - Parameters:
    ///   - secret: value of the Authorization header; goes to the first URL's scheme, host and port only.
    ///   - trusted: the host that may be anywhere; others may not be link-local (CVE-2020-15157: metadata services).
    ///   - body: gets what a 2xx answer holds.
    /// - Throws: ``TransferFailure``, ``RegistryFailure`` for a redirect that is refused; what `body` throws.
    func send(
        _ request: TransferRequest, secret: String?, trusted: String,
        _ body: (ResponseHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> Answer {
        var request = request
        let headers = request.headers
        var secret = secret
        var hops = 0
        request.isUnverified = isInsecure
        while true {
            request.headers = headers + (secret.map { ["Authorization: \($0)"] } ?? [])
            request.refusesLinkLocal = request.url.host != trusted
            var answer = try once(request, body)
            answer.redirects = hops
            let location = answer.head.value("location")
            let next = location.flatMap { transfer.url($0, relativeTo: request.url) }
            switch RedirectRule.step(
                status: answer.head.status, from: request.url, location: location, to: next, hops: hops,
                limit: request.body == nil ? limits.redirects : 0)
            {
            case .stay: return answer
            case .refuse(let why): throw RegistryFailure(description: why)
            case .follow(let next):
                // For good: a way back to the first host is not the user's doing any more.
                if next.origin != request.url.origin { secret = nil }
                request.url = next
                hops += 1
            }
        }
    }

    private struct EnoughSeen: Error {}

    private func once(
        _ request: TransferRequest, _ body: (ResponseHead, UnsafeRawBufferPointer) throws -> Void
    ) throws -> Answer {
        var answer = Answer(head: ResponseHead())
        do {
            answer.head = try transfer.run(request) { head, block in
                if (200...299).contains(head.status) { return try body(head, block) }
                answer.head = head
                answer.body += block
                if answer.body.count > limits.errorBytes { throw EnoughSeen() }
            }
        } catch is EnoughSeen {
        } catch let failure as TransferFailure {
            if failure.status != 0 { hasAnswered = true }
            throw failure
        }
        hasAnswered = true
        return answer
    }
}
