/// Finds where the last lines of a log begin.
///
/// Lines are counted as the reader will see them: the parts of a broken line are one line, and an unfinished line at
/// the end counts. Streams alternate, so the first shown line of each stream may begin at a different place.
struct LogTail: Equatable {
    /// Offsets of the first record to show, per stream; a stream that has none ends up at the log's end.
    var stdoutStart: UInt64
    var stderrStart: UInt64

    /// Where reading begins.
    var start: UInt64 { min(stdoutStart, stderrStart) }

    /// Whether to show the record at `offset`; nil is a line in no format, which counts as stdout's.
    func shows(_ stream: LogRecord.Stream?, at offset: UInt64) -> Bool {
        offset >= (stream == .stderr ? stderrStart : stdoutStart)
    }

    /// A line's first part is looked for at most this many bytes before everything else that is shown.
    private static let lookBehind: UInt64 = 1 << 20
    private static let blockSize = 64 << 10

    /// - Parameters:
    ///   - lines: how many lines to show, 0 or more.
    ///   - end: the log's size, bytes.
    ///   - read: gives the bytes at an offset; fewer than asked only where the log ends.
    init<Failure: Error>(
        lines: Int, end: UInt64, read: (_ offset: UInt64, _ count: Int) throws(Failure) -> [UInt8]
    ) throws(Failure) {
        var scan = Scan(wanted: lines, end: end)
        var blockEnd = end
        // The part of a line whose beginning is in an earlier block.
        var rest: [UInt8] = []
        while blockEnd > 0, lines > 0 {
            let count = Int(min(UInt64(Self.blockSize), blockEnd))
            let blockStart = blockEnd - UInt64(count)
            let bytes = try read(blockStart, count) + rest
            var lineEnd = bytes.count
            // The last byte of the log is a newline that ends a line and begins none.
            if blockStart + UInt64(lineEnd) == end, bytes.last == UInt8(ascii: "\n") { lineEnd -= 1 }
            var isFinished = false
            bytes.withUnsafeBufferPointer { buffer in
                while let newline = buffer[..<lineEnd].lastIndex(of: UInt8(ascii: "\n")) {
                    let line = UnsafeBufferPointer(rebasing: buffer[(newline + 1)..<lineEnd])
                    lineEnd = newline
                    isFinished = scan.take(LogRecord(line), at: blockStart + UInt64(newline + 1))
                    if isFinished { return }
                }
                if blockStart == 0 {
                    _ = scan.take(LogRecord(UnsafeBufferPointer(rebasing: buffer[..<lineEnd])), at: 0)
                }
            }
            if isFinished { break }
            if let full = scan.fullAt, blockStart + Self.lookBehind < full { break }
            rest = Array(bytes[..<lineEnd])
            blockEnd = blockStart
            if rest.count > Self.lookBehind { break }
        }
        stdoutStart = scan.stdout.start
        stderrStart = scan.stderr.start
    }

    private struct Scan {
        struct StreamState {
            var start: UInt64
            /// Records of this stream were seen (nearer to the end).
            var isSeen = false
            /// The next earlier record is not wanted.
            var isClosed = false
        }

        let wanted: Int
        var counted = 0
        var stdout: StreamState
        var stderr: StreamState
        /// Where the last wanted line was counted.
        var fullAt: UInt64?

        init(wanted: Int, end: UInt64) {
            self.wanted = wanted
            stdout = StreamState(start: end)
            stderr = StreamState(start: end)
        }

        /// Takes the records from the last to the first; true when no earlier one can be wanted.
        mutating func take(_ record: LogRecord?, at offset: UInt64) -> Bool {
            var stream = record?.stream == .stderr ? stderr : stdout
            if !stream.isClosed {
                // A part belongs to the line after it, unless nothing of its stream comes after it.
                let isLineEnd = record?.isPartial != true || !stream.isSeen
                stream.isSeen = true
                stream.isClosed = isLineEnd && counted >= wanted
                if !stream.isClosed {
                    stream.start = offset
                    if isLineEnd { counted += 1 }
                }
                if record?.stream == .stderr { stderr = stream } else { stdout = stream }
            }
            guard counted >= wanted else { return false }
            if fullAt == nil { fullAt = offset }
            return (stdout.isClosed || !stdout.isSeen) && (stderr.isClosed || !stderr.isSeen)
        }
    }
}
