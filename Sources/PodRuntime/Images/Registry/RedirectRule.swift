/// Whether an answer sends us elsewhere, and whether we go. Pure.
enum RedirectRule {
    enum Step: Equatable {
        /// The answer is the answer.
        case stay
        case follow(TransferURL)
        case refuse(String)
    }

    /// - Parameters:
    ///   - location: the Location header, parsed relative to `url`; nil for what podrun does not speak.
    ///   - hops: redirects followed so far.
    static func step(
        status: Int, from url: TransferURL, location: String?, to next: TransferURL?, hops: Int, limit: Int
    ) -> Step {
        guard [301, 302, 303, 307, 308].contains(status), let location else { return .stay }
        let shown = Printable.text(String(location.prefix { $0 != "?" }), limit: 100)
        guard let next else { return .refuse("redirected to \"\(shown)\", which is no http or https URL") }
        if hops >= limit { return .refuse("redirected more than \(limit) times") }
        if url.scheme == "https", next.scheme == "http" {
            return .refuse("redirected from https to http: \"\(shown)\"")
        }
        return .follow(next)
    }
}
