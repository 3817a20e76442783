import PodModel

/// Why one try to get something from a registry failed. `description` is one line without secrets.
struct RegistryFailure: Error, CustomStringConvertible {
    var kind = ImageError.Kind.registry
    var description: String
    /// Whether the same request may succeed a moment later.
    var isTransient = false
    /// Seconds the server asks to wait.
    var retryAfter: Double?
}

extension RegistryFailure {
    /// The same failure of a step on the way: what isn't found there is not the image.
    func during(_ step: String) -> RegistryFailure {
        var failure = self
        failure.kind = .registry
        failure.description = "\(step): \(description)"
        return failure
    }

    init(_ failure: TransferFailure) {
        self.init(description: failure.description, isTransient: failure.isTransient)
    }

    /// An answer that is none, in the words that users of docker and containerd know.
    /// - Parameter now: seconds since 1970, for a Retry-After date without a Date header.
    init(_ head: ResponseHead, body: [UInt8], now: Int) {
        let said = Self.message(body)
        let message = said.isEmpty ? "" : ": \(said)"
        let refusal = said.isEmpty ? head.status == 401 ? "unauthorized: authentication required" : "forbidden" : said
        let status = head.reason.isEmpty ? "\(head.status)" : "\(head.status) \(head.reason)"
        switch head.status {
        case 404: self.init(kind: .missing, description: "not found\(message)")
        case 401, 403:
            self.init(
                description: "pull access denied, repository does not exist or may require authorization: \(refusal)")
        default:
            self.init(
                description: "unexpected status \(status)\(message)",
                isTransient: RetryRule.isTransient(status: head.status),
                retryAfter: RetryRule.retryAfter(head, now: now))
        }
    }

    /// What registries and token servers put into an error's body.
    private struct Complaint: Decodable {
        struct Item: Decodable {
            var code: String
            var message: String
        }

        var errors: [Item]
        var message: String
        var details: String
        var error: String
        var error_description: String
    }

    /// `manifest unknown: manifest tagged by "x" is not found`, or the body's first words.
    static func message(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(64 << 10), as: UTF8.self).trimmedSpaces
        guard text.hasPrefix("{"), let complaint = try? JSON.decode(Complaint.self, from: Array(text.utf8)) else {
            return text.hasPrefix("<") ? "" : Printable.text(text, limit: 200)
        }
        let items = complaint.errors.prefix(3).map { item in
            let code = String(item.code.lowercased().map { $0 == "_" ? " " : $0 })
            return [code, item.message].filter { !$0.isEmpty }.joined(separator: ": ")
        }
        let others = [complaint.error, complaint.error_description, complaint.message, complaint.details]
        let words = (items + others.filter { !$0.isEmpty }).joined(separator: ", ")
        return Printable.text(words.isEmpty ? text : words, limit: 300)
    }
}
