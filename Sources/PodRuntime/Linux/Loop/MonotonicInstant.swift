import Glibc

/// A moment on CLOCK_MONOTONIC in nanoseconds: never jumps with the wall clock, stands still in suspend.
package struct MonotonicInstant: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    package func advanced(byNanoseconds count: Int64) -> Self {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
        return Self(nanoseconds: overflow ? .max : sum)
    }

    package func advanced(bySeconds count: Double) -> Self {
        let nanoseconds = count * 1e9
        return advanced(byNanoseconds: nanoseconds < 9.2e18 ? Int64(nanoseconds) : .max)
    }

    /// Nanoseconds from `earlier` to this; negative when `earlier` is later.
    package func nanoseconds(since earlier: Self) -> Int64 { nanoseconds - earlier.nanoseconds }
}

/// The two clocks of the agent. Pure code never reads them: it gets the moment passed in.
package enum Clock {
    package static func monotonic() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: read(CLOCK_MONOTONIC))
    }

    /// Nanoseconds since 1970, UTC.
    package static func realtimeNanoseconds() -> Int64 { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
