/// The kubelet's exponential back-off for one container (client-go util/flowcontrol/backoff.go, kubelet.go:
/// 10 s doubling to 300 s, forgotten after twice the maximum without use).
package struct Backoff: Codable, Sendable, Equatable {
    package static let initial = Int64.seconds(10)
    package static let maximum = Int64.seconds(300)

    /// Nanoseconds to wait after the next failure; 0 = none yet.
    package private(set) var duration: Int64 = 0
    /// When the back-off last grew, in CLOCK_MONOTONIC nanoseconds.
    private var lastUpdate: Int64 = 0

    package init() {}

    /// The moment before which nothing may start again, or nil when it may start at once.
    ///
    /// - Parameters:
    ///   - event: when the last instance ended, CLOCK_MONOTONIC nanoseconds.
    ///   - now: CLOCK_MONOTONIC nanoseconds.
    package func deadline(since event: Int64, now: Int64) -> Int64? {
        guard duration > 0, !hasExpired(at: now), now - event < duration else { return nil }
        return event + duration
    }

    /// The moment before which nothing may be tried again, counted from the last growth, or nil when it may be at once
    /// (IsInBackOffSinceUpdate: images).
    func deadline(at now: Int64) -> Int64? { deadline(since: lastUpdate, now: now) }

    /// Grows the back-off; called for each start that follows a failure.
    package mutating func advance(at now: Int64) {
        duration = duration == 0 || hasExpired(at: now) ? Backoff.initial : min(duration * 2, Backoff.maximum)
        lastUpdate = now
    }

    private func hasExpired(at now: Int64) -> Bool { now - lastUpdate > 2 * Backoff.maximum }
}
