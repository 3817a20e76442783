import Testing

@testable import PodRuntime

struct HumanDurationTests {
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86400
    private static let durations: [(Int64, String)] = [
        (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (1, "1s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
        (600, "10m"), (3 * hour - 1, "179m"), (3 * hour, "3h"), (3 * hour + 61, "3h1m"), (8 * hour, "8h"),
        (48 * hour - 1, "47h"), (48 * hour, "2d"), (49 * hour, "2d1h"), (8 * day, "8d"), (729 * day, "729d"),
        (730 * day, "2y"), (731 * day, "2y1d"), (8 * 365 * day, "8y"),
    ]

    @Test(arguments: durations)
    func ages(seconds: Int64, text: String) {
        #expect(HumanDuration.text(nanoseconds: seconds * 1_000_000_000) == text)
    }
}
