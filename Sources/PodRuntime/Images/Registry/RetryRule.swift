import PodModel

/// How often and how long to try: pure, so that no test has to wait.
struct RetryRule {
    let limits: TransferLimits
    private(set) var failures = 0

    /// A try that moved so much counts as a new beginning: a big layer over a bad line gets there in the end.
    private let progressBytes: Int64

    /// - Parameter size: bytes to move in all, 0 when that is not known.
    init(_ limits: TransferLimits, size: Int64) {
        self.limits = limits
        progressBytes = max(1, min(1 << 20, size / 32))
    }

    /// After a failure: the seconds to wait before the next try, nil to give up.
    /// - Parameters:
    ///   - moved: new bytes that the failed try brought.
    ///   - retryAfter: seconds the server asks for. More than the longest wait: there is no point in going on.
    mutating func wait(moved: Int64, retryAfter: Double?) -> Double? {
        if moved >= progressBytes { failures = 0 }
        failures += 1
        if failures >= limits.tries { return nil }
        var seconds = limits.firstWait
        for _ in 1..<failures { seconds *= 2 }
        guard let retryAfter else { return min(seconds, limits.longestWait) }
        return retryAfter > limits.longestWait ? nil : max(retryAfter, seconds)
    }

    /// Retry-After in seconds: a number, or a date (against the answer's own Date header, or `now`, seconds since 1970).
    static func retryAfter(_ head: ResponseHead, now: Int) -> Double? {
        guard let text = head.value("retry-after") else { return nil }
        if let seconds = ResponseHead.number(text) { return Double(seconds) }
        guard let then = date(text) else { return nil }
        return Double(max(0, then - (head.value("date").flatMap(date) ?? now)))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970.
    static func date(_ text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: parts[2]) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z").map { Int($0.seconds) }
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func isTransient(status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }
}
