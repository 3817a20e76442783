import CArchive

/// The plain bytes of a gzip, zstd, xz or uncompressed stream, hashed on the way (a layer's diff ID).
///
/// The format is told by the first bytes, as every runtime does, because media types in the wild lie about it.
final class DecompressedBlocks: ByteBlocks {
    private let blocks: any ByteBlocks
    private let isCompressed: Bool
    private var hasher = ContentHasher()
    private let limit: Int64

    /// - Parameters:
    ///   - limit: more plain bytes are an error: the end of a decompression bomb.
    ///   - window: how much memory the stream may have decoding take.
    init(_ source: any ByteBlocks, limit: Int64, window: WindowRule) throws {
        let prefixed = PrefixedBlocks(source)
        let head = try prefixed.prefix(ZstdFrame.headLength)
        let filter = try Compression(magic: head)
        if filter == .zstd { try window.admit(ZstdFrame.window(head: head)) }
        blocks =
            switch filter {
            case .none: prefixed
            case .gzip: try GzipBlocks(prefixed)
            case .zstd: try FilterBlocks(prefixed, archive_read_support_filter_zstd)
            case .xz: try FilterBlocks(prefixed, archive_read_support_filter_xz)
            }
        isCompressed = filter != .none
        self.limit = limit
    }

    var count: Int64 { hasher.count }

    func next() throws -> UnsafeRawBufferPointer? {
        guard let bytes = try blocks.next() else { return nil }
        if isCompressed, count == 0, let inner = try? Compression(magic: Array(bytes.prefix(6))), inner != .none {
            throw ImageError(.invalid, "compressed more than once")
        }
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

/// The memory that a compressed stream may ask for.
struct WindowRule {
    /// Bytes; a stream that wants more is refused.
    let limit: Int64
    /// Waits for the turn of a stream that wants more than every decoder has to have (`commonWindow`).
    var awaitTurn: () throws -> Void = {}

    /// What RFC 8878 asks of every decoder, and zstd's own levels up to 19 use.
    private static let commonWindow: UInt64 = 8 << 20

    func admit(_ window: UInt64?) throws {
        guard let window else { return }
        if window > UInt64(limit) {
            throw ImageError(
                .unsupported,
                "zstd window of \(window) bytes is over the limit of \(limit): compress it at level 19 or below")
        }
        if window > Self.commonWindow { try awaitTurn() }
    }
}

/// The plain bytes of a stream that one of libarchive's filters reads. It doesn't check every format's own checksums; the
/// digest is the check.
private final class FilterBlocks: ByteBlocks {
    private let archive: OpaquePointer
    private let input: ArchiveInput

    init(_ source: any ByteBlocks, _ support: (OpaquePointer?) -> Int32) throws {
        guard let archive = archive_read_new() else { throw ImageError(.host, "out of memory") }
        self.archive = archive
        input = ArchiveInput(source)
        archive_read_support_format_raw(archive)
        _ = support(archive)
        try input.open(archive)
        var entry: OpaquePointer?
        if archive_read_next_header(archive, &entry) != ARCHIVE_OK { throw input.failure(of: archive) }
        // libarchive tries its filters again on their own output; the last one counted is the file itself.
        if archive_filter_count(archive) > 2 { throw ImageError(.invalid, "compressed more than once") }
    }

    deinit {
        archive_read_free(archive)
    }

    func next() throws -> UnsafeRawBufferPointer? {
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
        return UnsafeRawBufferPointer(start: block, count: count)
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
