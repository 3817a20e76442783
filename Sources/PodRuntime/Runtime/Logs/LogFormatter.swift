import PodModel

/// What of a container's log is wanted and how it is shown.
package struct LogOptions: Sendable, Equatable {
    /// Only this many lines from the end; nil means all.
    package var tailLines: Int?
    /// Only lines that began at or after this time.
    package var since: Timestamp?
    /// At most this many bytes of output per container; nil means all.
    package var limitBytes: Int?
    /// The time before each line.
    package var timestamps: Bool
    /// Text before each line, such as `[pod/web/app] `; empty for none.
    package var prefix: String

    package init(
        tailLines: Int? = nil, since: Timestamp? = nil, limitBytes: Int? = nil, timestamps: Bool = false,
        prefix: String = ""
    ) {
        self.tailLines = tailLines
        self.since = since
        self.limitBytes = limitBytes
        self.timestamps = timestamps
        self.prefix = prefix
    }
}

/// Turns the lines of a CRI log into what `podrun logs` prints. The text's bytes are passed on as they are.
///
/// A long line is written in parts (P ... P F) and parts of stdout and stderr may alternate. A line that has begun is
/// finished before the other stream's lines are shown, so that lines never run into each other; what had to wait is
/// bounded by `heldLimit`, then the unfinished line is broken.
struct LogFormatter {
    static let heldLimit = 1 << 20

    private let sinceText: [UInt8]
    private let prefix: [UInt8]
    private let timestamps: Bool
    private var remaining: Int
    /// The stream whose line has begun and not ended.
    private var openStream: LogRecord.Stream?
    /// Whether the open line is older than `since`.
    private var isSkipping = false
    /// Whole lines of the other stream, each with its newline, that wait for the open line's end.
    private var held: [UInt8] = []

    init(_ options: LogOptions) {
        sinceText = options.since.map { Array($0.textWithNanoseconds.utf8) } ?? []
        prefix = Array(options.prefix.utf8)
        timestamps = options.timestamps
        remaining = options.limitBytes ?? Int.max
    }

    /// The byte limit is reached: nothing more will be shown.
    var isFull: Bool { remaining <= 0 }

    /// Takes one line of the file, without its newline.
    mutating func add(_ line: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        if let openStream, LogRecord(line)?.stream != openStream {
            held.append(contentsOf: line)
            held.append(UInt8(ascii: "\n"))
            if held.count > Self.heldLimit { breakOpenLine(into: &output) }
            return
        }
        show(line, into: &output)
        if openStream == nil, !held.isEmpty { releaseHeld(into: &output) }
    }

    /// Shows what still waits, at the end of the log.
    mutating func finish(into output: inout [UInt8]) {
        while !held.isEmpty { breakOpenLine(into: &output) }
    }

    private mutating func breakOpenLine(into output: inout [UInt8]) {
        if !isSkipping { write(CollectionOfOne(UInt8(ascii: "\n")), into: &output) }
        openStream = nil
        releaseHeld(into: &output)
    }

    private mutating func releaseHeld(into output: inout [UInt8]) {
        let lines = held
        held = []
        lines.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                add(UnsafeBufferPointer(rebasing: bytes[start..<end]), into: &output)
                start = end + 1
            }
        }
    }

    private mutating func show(_ line: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) {
        guard let record = LogRecord(line) else {
            // Not ours: shown as it is rather than hidden.
            write(prefix, into: &output)
            write(line, into: &output)
            write(CollectionOfOne(UInt8(ascii: "\n")), into: &output)
            return
        }
        if openStream == nil {
            isSkipping = !sinceText.isEmpty && Self.isTime(line[record.time], before: sinceText)
            if !isSkipping {
                write(prefix, into: &output)
                if timestamps {
                    write(line[record.time], into: &output)
                    write(CollectionOfOne(UInt8(ascii: " ")), into: &output)
                }
            }
        }
        if !isSkipping {
            write(line[record.text], into: &output)
            if !record.isPartial { write(CollectionOfOne(UInt8(ascii: "\n")), into: &output) }
        }
        openStream = record.isPartial ? record.stream : nil
    }

    private mutating func write(_ bytes: some Collection<UInt8>, into output: inout [UInt8]) {
        guard remaining > 0 else { return }
        if bytes.count <= remaining {
            output.append(contentsOf: bytes)
            remaining -= bytes.count
        } else {
            output.append(contentsOf: bytes.prefix(remaining))
            remaining = 0
        }
    }

    /// Compares two RFC 3339 times in UTC as text: digits decide, and a time without more digits is the earlier one.
    static func isTime(_ time: some Collection<UInt8>, before other: some Collection<UInt8>) -> Bool {
        let zulu = UInt8(ascii: "Z")
        // Without the dot of the fraction "…58Z" and "…58.000Z" agree up to where the first ends.
        let left = time.lazy.filter { $0 != zulu }
        let right = other.lazy.filter { $0 != zulu }
        return left.lexicographicallyPrecedes(right)
    }
}
