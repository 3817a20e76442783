import CArchive

/// Entries of a tar stream (ustar, PAX, GNU, with sparse files), read by libarchive.
///
/// libarchive bounds PAX and GNU headers to 1 MiB each. The process stays in the "C" locale: names then come through as
/// the bytes they are, while a UTF-8 locale would let libarchive normalise them (two names could become one).
final class TarReader {
    private let archive: OpaquePointer
    private let input: ArchiveInput
    private let limits: ImageLimits
    private var entries = 0

    init(_ blocks: any ByteBlocks, limits: ImageLimits) throws {
        guard let archive = archive_read_new() else { throw ImageError(.host, "out of memory") }
        self.archive = archive
        self.limits = limits
        input = ArchiveInput(blocks)
        archive_read_support_format_tar(archive)
        archive_read_support_format_empty(archive)
        try input.open(archive)
    }

    deinit {
        archive_read_free(archive)
    }

    /// The next entry, or nil at the end-of-archive mark. Unread data of the last one is skipped.
    func next() throws -> TarEntry? {
        var entry: OpaquePointer?
        switch archive_read_next_header(archive, &entry) {
        case ARCHIVE_OK, ARCHIVE_WARN: break  // WARN: the name is no text in the C locale, its bytes are there
        case ARCHIVE_EOF: return nil
        default: throw input.failure(of: archive)
        }
        guard let entry else { return nil }
        entries += 1
        if entries > limits.layerEntries { throw ImageError(.invalid, "more than \(limits.layerEntries) entries") }
        return try TarEntry(entry, limits: limits)
    }

    /// Hands out the current entry's data with each block's offset in the file; gaps are holes.
    func readData(_ body: (UnsafeRawBufferPointer, Int64) throws -> Void) throws {
        var block: UnsafeRawPointer?
        var count = 0
        var offset: la_int64_t = 0
        while true {
            switch archive_read_data_block(archive, &block, &count, &offset) {
            case ARCHIVE_OK: try body(UnsafeRawBufferPointer(start: block, count: count), offset)
            case ARCHIVE_EOF: return
            default: throw input.failure(of: archive)
            }
        }
    }
}
