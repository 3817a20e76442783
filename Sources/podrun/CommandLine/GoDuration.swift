/// Durations as Go writes them, such as `1h30m` or `1.5s`.
enum GoDuration {
    /// nil if `text` is not a duration, is negative, or is over 292 years.
    static func nanoseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.0) }), let value = Double(number) else {
                return nil
            }
            rest = rest.dropFirst(unit.0.count)
            let nanoseconds = value * Double(unit.1)
            guard nanoseconds >= 0, nanoseconds < 9.2e18 else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(Int64(nanoseconds))
            guard !overflow else { return nil }
            total = sum
        }
        return total
    }

    /// Longer units that begin like a shorter one come first.
    private static let units: [(String, Int64)] = [
        ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ]
}
