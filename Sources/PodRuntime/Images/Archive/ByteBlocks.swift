import CArchive

/// A stream of bytes in blocks of the producer's choice (64 KiB to 1 MiB): a file, a decompressor, later a download.
protocol ByteBlocks: AnyObject {
    /// The next block, valid until the next call; nil at the end.
    func next() throws -> UnsafeRawBufferPointer?
}

/// What libarchive reads from: its C callback pulls blocks out of a ``ByteBlocks`` and keeps the Swift error for later,
/// because only a number can pass through C.
final class ArchiveInput {
    private let blocks: any ByteBlocks
    private(set) var error: (any Error)?

    init(_ blocks: any ByteBlocks) {
        self.blocks = blocks
    }

    /// Opens `archive` to read from here; the caller keeps `self` alive until `archive_read_free`.
    func open(_ archive: OpaquePointer) throws {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let read:
            @convention(c) (
                OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeRawPointer?>?
            ) -> la_ssize_t = { archive, context, buffer in
                guard let context, let buffer else { return -1 }
                let input = Unmanaged<ArchiveInput>.fromOpaque(context).takeUnretainedValue()
                do {
                    guard let block = try input.blocks.next() else { return 0 }
                    buffer.pointee = block.baseAddress
                    return block.count
                } catch {
                    input.error = error
                    return -1
                }
            }
        if archive_read_open(archive, context, nil, read, nil) != ARCHIVE_OK { throw failure(of: archive) }
    }

    /// The source's own error when there is one, else libarchive's words.
    func failure(of archive: OpaquePointer) -> any Error {
        if let error { return error }
        let text = archive_error_string(archive).map { String(cString: $0) } ?? "damaged archive"
        return ImageError(.invalid, Self.plain(text))
    }

    /// libarchive's sentences in this project's style: lower-case first letter, no full stop.
    private static func plain(_ text: String) -> String {
        var words = Substring(text)
        while words.hasSuffix(".") { words = words.dropLast() }
        guard let first = words.first, words.dropFirst().first?.isUppercase != true else { return String(words) }
        return first.lowercased() + words.dropFirst()
    }
}
