/// A moment of the wall clock, exact to the nanosecond.
package struct Timestamp: Sendable, Equatable, Hashable, Comparable {
    /// Seconds since 1970, UTC.
    package var seconds: Int64
    /// 0 to 999 999 999.
    package var nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package init(nanosecondsSinceEpoch count: Int64) {
        seconds = count / 1_000_000_000
        nanoseconds = Int32(count % 1_000_000_000)
    }

    package var nanosecondsSinceEpoch: Int64 { seconds * 1_000_000_000 + Int64(nanoseconds) }

    package static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    package func adding(seconds count: Int) -> Timestamp {
        Timestamp(seconds: seconds + Int64(count), nanoseconds: nanoseconds)
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "bad time \(text)"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds == 0 ? text : textWithNanoseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { text }

    /// `2026-11-21T02:56:58Z`
    package var text: String { calendarText + "Z" }

    /// `2026-11-21T02:56:58.202191417Z`
    package var textWithNanoseconds: String { calendarText + "." + Self.pad(Int64(nanoseconds), 9) + "Z" }

    private var calendarText: String {
        // Days to civil date: Howard Hinnant's algorithm (chrono-compatible low-level date algorithms).
        let day = (seconds >= 0 ? seconds : seconds - 86399) / 86400
        let rest = seconds - day * 86400
        let z = day + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let doe = z - era * 146_097
        let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        let year = yoe + era * 400 + (month <= 2 ? 1 : 0)
        return "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(doy - (153 * mp + 2) / 5 + 1, 2))"
            + "T\(Self.pad(rest / 3600, 2)):\(Self.pad(rest / 60 % 60, 2)):\(Self.pad(rest % 60, 2))"
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// RFC 3339 in UTC (`Z`), with or without a fraction.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ start: Int, _ count: Int) -> Int64? {
            Int64(String(decoding: bytes[start..<start + count], as: UTF8.self))
        }
        guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2)
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            guard bytes[19] == UInt8(ascii: ".") else { return nil }
            let digits = String(decoding: bytes[20..<bytes.count - 1], as: UTF8.self).prefix(9)
            guard let value = Int64(digits) else { return nil }
            fraction = (0..<(9 - digits.count)).reduce(value) { value, _ in value * 10 }
        }
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yoe = y - era * 400
        let doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy
        self.init(
            seconds: (era * 146_097 + doe - 719_468) * 86400 + hour * 3600 + minute * 60 + second,
            nanoseconds: Int32(fraction))
    }
}
