import PodModel

/// A moment as the machines see it: they are told the time and never read a clock.
package struct Instant: Codable, Sendable, Equatable {
    /// Nanoseconds of CLOCK_MONOTONIC: deadlines, unmoved by changes of the wall clock.
    package var monotonic: Int64
    /// The wall clock: what status and events show.
    package var wall: Timestamp

    package init(monotonic: Int64, wall: Timestamp) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

extension Int64 {
    /// Seconds as nanoseconds.
    package static func seconds(_ count: Int) -> Int64 { Int64(count) * 1_000_000_000 }
}
