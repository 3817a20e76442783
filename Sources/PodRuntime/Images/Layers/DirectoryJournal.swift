import Glibc
import PodLinux

/// What is known of a layer's directories while it is unpacked, in a file, because a layer may have millions of them. It is
/// read when everything is in place: times are set then, and what depends on the layers below is done.
final class DirectoryJournal {
    struct Record: Equatable {
        enum Kind: UInt8 {
            /// The archive has an entry for it.
            case explicit
            /// Only the names of other entries say that it is there.
            case implied
            /// It hides what the layers below have in it.
            case opaque
        }

        var kind: Kind
        /// Tells whether `path` still leads to the same directory.
        var inode: UInt64
        var modified = timespec()
        /// Below the layer's root, NUL-terminated; only a NUL for the root itself.
        var path: [CChar]

        static func == (left: Record, right: Record) -> Bool {
            left.kind == right.kind && left.inode == right.inode && left.path == right.path
                && left.modified.tv_sec == right.modified.tv_sec && left.modified.tv_nsec == right.modified.tv_nsec
        }
    }

    private static let headSize = 27
    private static let bufferSize = 64 << 10

    private let file: Descriptor
    private var pending: [UInt8] = []

    /// `file` is empty or a journal, open for reading and writing, and used by nobody else.
    init(_ file: consuming Descriptor) {
        self.file = file
    }

    func append(_ record: Record) throws {
        pending.append(record.kind.rawValue)
        append(UInt16(clamping: record.path.count))
        append(record.inode)
        append(Int64(record.modified.tv_sec))
        append(Int64(record.modified.tv_nsec))
        record.path.withUnsafeBytes { pending.append(contentsOf: $0) }
        if pending.count >= Self.bufferSize { try flush() }
    }

    private func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { pending.append(contentsOf: $0) }
    }

    func flush() throws {
        try FileBytes.write(pending, to: file, path: "directories")
        pending.removeAll(keepingCapacity: true)
    }

    /// All records in the order they were written.
    /// - Throws: ``ImageError`` when the file is no journal.
    func forEach(_ body: (Record) throws -> Void) throws {
        try flush()
        let fd = file.raw
        var bytes: [UInt8] = []
        var offset = 0
        var chunk = [UInt8](repeating: 0, count: Self.bufferSize)
        while true {
            let count = try check("read", "directories") { pread(fd, &chunk, chunk.count, offset) }
            if count == 0 { break }
            offset += count
            bytes.append(contentsOf: chunk.prefix(count))
            var start = 0
            while let (record, size) = try Self.record(bytes[start...]) {
                try body(record)
                start += size
            }
            bytes.removeFirst(start)
        }
        if !bytes.isEmpty { throw Self.damaged }
    }

    private static func record(_ bytes: ArraySlice<UInt8>) throws -> (Record, size: Int)? {
        guard bytes.count >= headSize else { return nil }
        func integer(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[bytes.startIndex + offset + $1]) << UInt64(8 * $1) }
        }
        guard let kind = Record.Kind(rawValue: bytes[bytes.startIndex]) else { throw damaged }
        let length = Int(integer(1, 2))
        guard (1...4097).contains(length) else { throw damaged }
        guard bytes.count >= headSize + length else { return nil }
        let path = bytes[(bytes.startIndex + headSize)...].prefix(length).map { CChar(bitPattern: $0) }
        guard path.firstIndex(of: 0) == length - 1 else { throw damaged }
        let modified = timespec(
            tv_sec: Int(Int64(bitPattern: integer(11, 8))), tv_nsec: Int(Int64(bitPattern: integer(19, 8))))
        return (Record(kind: kind, inode: integer(3, 8), modified: modified, path: path), headSize + length)
    }

    private static var damaged: ImageError { ImageError(.host, "the list of the layer's directories is damaged") }
}
