import CArchive

/// The plain bytes of a gzip, zstd, xz or uncompressed stream, hashed on the way (a layer's diff ID).
///
/// The format is told by the first bytes, as every runtime does, because media types in the wild lie about it.
/// libarchive doesn't check gzip's own checksum; the digest is the check.
final class DecompressedBlocks: ByteBlocks {
    private let archive: OpaquePointer
    private let input: ArchiveInput
    private var hasher = ContentHasher()
    private let limit: Int64
    /// No byte at all: libarchive has no entry to read from then.
    private let isEmpty: Bool

    /// More than `limit` plain bytes are an error: the end of a decompression bomb.
    init(_ blocks: any ByteBlocks, limit: Int64) throws {
        let prefixed = PrefixedBlocks(blocks)
        let filter = try Compression(magic: prefixed.prefix(6))
        guard let archive = archive_read_new() else { throw ImageError(.host, "out of memory") }
        self.archive = archive
        self.limit = limit
        input = ArchiveInput(prefixed)
        archive_read_support_format_raw(archive)
        archive_read_support_format_empty(archive)
        switch filter {
        case .none: break
        case .gzip: archive_read_support_filter_gzip(archive)
        case .zstd: archive_read_support_filter_zstd(archive)
        case .xz: archive_read_support_filter_xz(archive)
        }
        try input.open(archive)
        var entry: OpaquePointer?
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_OK: isEmpty = false
        case ARCHIVE_EOF: isEmpty = true
        default: throw input.failure(of: archive)
        }
        // libarchive tries its filters again on their own output; the last one counted is the file itself.
        if archive_filter_count(archive) > 2 { throw ImageError(.invalid, "compressed more than once") }
    }

    deinit {
        archive_read_free(archive)
    }

    var count: Int64 { hasher.count }

    func next() throws -> UnsafeRawBufferPointer? {
        if isEmpty { return nil }
        var block: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        repeat {
            switch archive_read_data_block(archive, &block, &count, &offset) {
            case ARCHIVE_OK: break
            case ARCHIVE_EOF: return nil
            default: throw input.failure(of: archive)
            }
        } while count == 0
        let bytes = UnsafeRawBufferPointer(start: block, count: count)
        hasher.update(bytes)
        if hasher.count > limit { throw ImageError(.invalid, "more than \(limit) bytes after decompression") }
        return bytes
    }

    /// Reads what is left; the digest of all plain bytes.
    func digest() throws -> ContentDigest {
        while try next() != nil {}
        return hasher.finish()
    }
}

/// How a stream is compressed, by its first bytes.
enum Compression: Equatable {
    case none, gzip, zstd, xz

    /// Throws for formats that are recognised and not supported.
    init(magic: [UInt8]) throws(ImageError) {
        if magic.starts(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if magic.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd
        } else if magic.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            self = .xz
        } else if magic.starts(with: Array("BZh".utf8)) {
            throw ImageError(.unsupported, "bzip2 compression is not supported (gzip, zstd and xz are)")
        } else {
            self = .none
        }
    }
}

/// Blocks whose first bytes can be looked at before they are read.
private final class PrefixedBlocks: ByteBlocks {
    private let blocks: any ByteBlocks
    private var head: UnsafeRawBufferPointer?

    init(_ blocks: any ByteBlocks) {
        self.blocks = blocks
    }

    func prefix(_ count: Int) throws -> [UInt8] {
        head = try blocks.next()
        return head.map { Array($0.prefix(count)) } ?? []
    }

    func next() throws -> UnsafeRawBufferPointer? {
        guard let head else { return try blocks.next() }
        self.head = nil
        return head
    }
}
