import CShim
import Glibc
import PodLinux

/// Reads the log of one container instance: all of it, and then what is added, across rotations.
///
///     readPresent() -> what was there when the reader was made, however fast more comes
///     read() -> what is there now        (again after each change of the directory)
///     finish() -> the last bytes, once nothing more will come
package final class LogReader {
    /// The container's log directory; watch it to know when to read on.
    package let directoryPath: String
    private let files: LogFiles
    private var segments: [LogFiles.Segment]
    private var tail: LogTail?
    private var formatter: LogFormatter
    /// The segment being read, and how much of it was.
    private var index = 0
    private var offset: UInt64 = 0
    /// Where the segment being read begins, counted over all segments.
    private var base: UInt64 = 0
    /// Bytes of all segments when the reader was made.
    private let present: UInt64
    /// The beginning of a line whose end is not there yet.
    private var rest: [UInt8] = []

    private static let blockSize = 256 << 10
    /// A "line" of this length has no format; it is passed on in pieces.
    private static let lineLimit = 1 << 20

    /// - Parameters:
    ///   - root: where pods' log directories are, `/var/log/pods`.
    ///   - relativePath: the container's log directory below it, `<ns>_<pod>_<uid>/<container>`. No link in it is
    ///     followed.
    ///   - attempt: which instance, by restart count; 0 is the first.
    package init(root: String, relativePath: String, attempt: Int, options: LogOptions) throws(LogError) {
        directoryPath = "\(root)/\(relativePath)"
        let directory: DescriptorBox
        do throws(SyscallError) {
            let top = try Descriptor.open(root, O_RDONLY | O_DIRECTORY)
            let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
            let resolve = UInt64(PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_SYMLINKS)
            let raw = try check("open log directory", directoryPath) {
                podrun_openat2(top.raw, relativePath, flags, 0, resolve)
            }
            directory = DescriptorBox(Descriptor(raw))
        } catch {
            throw error.errno == ENOENT ? .missing(directoryPath) : .system(error)
        }
        files = LogFiles(directory: directory, attempt: attempt)
        segments = try files.open()
        guard !segments.isEmpty else { throw .missing("\(directoryPath)/\(attempt).log") }
        formatter = LogFormatter(options)
        present = segments.reduce(0) { $0 + $1.size }
        if let lines = options.tailLines {
            let all = segments
            let found = try LogTail(lines: lines, end: present) { (offset, count) throws(LogError) in
                try Self.bytes(of: all, at: offset, count: count)
            }
            tail = found
            while index < segments.count - 1, base + segments[index].size <= found.start {
                base += segments[index].size
                index += 1
            }
            offset = found.start - base
        }
    }

    /// The byte limit was reached: the rest need not be read.
    package var isFull: Bool { formatter.isFull }

    /// Gives everything that was there when the reader was made to `sink`, in pieces. A container that writes faster than
    /// anybody reads can't keep the caller here.
    package func readPresent(_ sink: ([UInt8]) throws -> Void) throws { try read(upTo: present, sink) }

    /// Gives everything that is there now, and what comes meanwhile, to `sink`, in pieces.
    package func read(_ sink: ([UInt8]) throws -> Void) throws { try read(upTo: .max, sink) }

    private func read(upTo end: UInt64, _ sink: ([UInt8]) throws -> Void) throws {
        var output: [UInt8] = []
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        while !formatter.isFull, base + offset < end {
            let segment = segments[index]
            let at = offset
            let wanted = Int(min(UInt64(block.count), end - base - offset))
            let count = try check("read log") {
                block.withUnsafeMutableBytes { pread(segment.box.raw, $0.baseAddress, wanted, off_t(at)) }
            }
            if count > 0 {
                take(block[..<count], into: &output)
                offset += UInt64(count)
            } else if !(try moveOn(into: &output)) {
                break
            }
            if output.count >= Self.blockSize {
                try sink(output)
                output.removeAll(keepingCapacity: true)
            }
        }
        if !output.isEmpty { try sink(output) }
    }

    /// Gives the bytes that waited for more.
    package func finish(_ sink: ([UInt8]) throws -> Void) throws {
        var output: [UInt8] = []
        endLine(into: &output)
        formatter.finish(into: &output)
        if !output.isEmpty { try sink(output) }
    }

    /// At the end of the bytes of a segment: goes to the next one if there is one.
    private func moveOn(into output: inout [UInt8]) throws(LogError) -> Bool {
        let segment = segments[index]
        var status = stat()
        if fstat(segment.box.raw, &status) == 0 {
            let size = UInt64(max(0, status.st_size))
            if size > offset { return true }
            if size < offset {
                // Truncated by an administrator (logrotate's copytruncate): what comes is new.
                rest = []
                offset = 0
                return size > 0
            }
        }
        if index == segments.count - 1 {
            let newer = try files.opened(after: segment)
            // Lines may have come between the last read and the rotation.
            if !newer.isEmpty {
                segments.append(contentsOf: newer)
                return true
            }
            return false
        }
        endLine(into: &output)
        base += offset
        offset = 0
        index += 1
        return true
    }

    private func take(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        // Where the first byte of `rest` (or, without one, of `bytes`) is in the whole log.
        var position = base + offset - UInt64(rest.count)
        rest.append(contentsOf: bytes)
        var start = 0
        rest.withUnsafeBufferPointer { buffer in
            guard let first = buffer.baseAddress else { return }
            while start < buffer.count, let found = memchr(first + start, 0x0a, buffer.count - start) {
                let end = UnsafeRawPointer(found) - UnsafeRawPointer(first)
                add(UnsafeBufferPointer(rebasing: buffer[start..<end]), at: position, into: &output)
                position += UInt64(end + 1 - start)
                start = end + 1
            }
        }
        rest.removeFirst(start)
        if rest.count > Self.lineLimit { endLine(into: &output) }
    }

    private func add(_ line: UnsafeBufferPointer<UInt8>, at position: UInt64, into output: inout [UInt8]) {
        if let tail, !tail.shows(LogRecord(line)?.stream, at: position) { return }
        formatter.add(line, into: &output)
    }

    /// Takes a line that got no newline as ended.
    private func endLine(into output: inout [UInt8]) {
        guard !rest.isEmpty else { return }
        let line = rest
        rest = []
        line.withUnsafeBufferPointer { add($0, at: base + offset - UInt64($0.count), into: &output) }
    }

    private static func bytes(
        of segments: [LogFiles.Segment], at offset: UInt64, count: Int
    ) throws(LogError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var start: UInt64 = 0
        for segment in segments {
            let end = start + segment.size
            defer { start = end }
            while bytes.count < count, offset + UInt64(bytes.count) >= start, offset + UInt64(bytes.count) < end {
                let position = offset + UInt64(bytes.count)
                let wanted = min(count - bytes.count, Int(end - position))
                var block = [UInt8](repeating: 0, count: wanted)
                do throws(SyscallError) {
                    let got = try check("read log") {
                        block.withUnsafeMutableBytes {
                            pread(segment.box.raw, $0.baseAddress, wanted, off_t(position - start))
                        }
                    }
                    // A file truncated meanwhile reads as empty lines here.
                    if got < wanted {
                        block.replaceSubrange(max(0, got)..<wanted, with: repeatElement(0x0a, count: wanted - got))
                    }
                } catch {
                    throw .system(error)
                }
                bytes.append(contentsOf: block)
            }
        }
        return bytes
    }
}
