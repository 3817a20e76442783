/// Durations as Go prints them: `150ms`, `1.2s`, `1m0.5s`, `1h0m3s`.
package enum DurationText {
    /// - Parameter nanoseconds: not negative; cut to whole milliseconds, as the kubelet does in its events.
    package static func text(_ nanoseconds: Int64) -> String {
        let milliseconds = max(0, nanoseconds) / 1_000_000
        if milliseconds == 0 { return "0s" }
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1000
        var text = "\(seconds % 60)"
        if milliseconds % 1000 != 0 {
            var digits = String(milliseconds % 1000 + 1000).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        text += "s"
        if seconds >= 60 { text = "\(seconds / 60 % 60)m" + text }
        if seconds >= 3600 { text = "\(seconds / 3600)h" + text }
        return text
    }
}
