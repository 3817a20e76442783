/// One line of a CRI log file: `2026-11-21T02:56:58.202191417Z stdout F text`. Positions are offsets in the line.
struct LogRecord: Equatable {
    enum Stream: Equatable {
        case stdout, stderr
    }

    /// Where the RFC 3339 time is.
    let time: Range<Int>
    let stream: Stream
    /// The writer broke a long or unfinished line here: no newline follows the text.
    let isPartial: Bool
    /// Where the text is; it may hold any byte but a newline.
    let text: Range<Int>

    /// nil for a line that is not in this format: cut off by an administrator's truncation, or not written by podrun.
    init?(_ line: UnsafeBufferPointer<UInt8>) {
        let space = UInt8(ascii: " ")
        // The shortest line is "<time> stdout F" with an empty text; a time has at least 20 bytes.
        guard line.count >= 20, let timeEnd = line.prefix(40).firstIndex(of: space), timeEnd >= 20 else { return nil }
        let streamStart = timeEnd + 1
        guard line.count >= streamStart + 8, line[streamStart + 6] == space else { return nil }
        switch (line[streamStart], line[streamStart + 3], line[streamStart + 5]) {
        case (UInt8(ascii: "s"), UInt8(ascii: "o"), UInt8(ascii: "t")): stream = .stdout
        case (UInt8(ascii: "s"), UInt8(ascii: "e"), UInt8(ascii: "r")): stream = .stderr
        default: return nil
        }
        let tag = streamStart + 7
        switch line[tag] {
        case UInt8(ascii: "P"): isPartial = true
        case UInt8(ascii: "F"): isPartial = false
        default: return nil
        }
        // Tags may be followed by others ("F:x"); the text begins behind the next space.
        let tagsEnd = line[tag...].firstIndex(of: space) ?? line.count
        time = 0..<timeEnd
        text = min(tagsEnd + 1, line.count)..<line.count
    }
}
