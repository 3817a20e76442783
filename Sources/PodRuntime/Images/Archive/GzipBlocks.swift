import CInflate

/// The plain bytes of a gzip stream: one member or several, every checksum and length verified, bytes after the last
/// member passed over. Inflated by ISA-L where that is installed, else by zlib.
final class GzipBlocks: ByteBlocks {
    /// Half of the second-level cache of small processors: the plain block is hashed and written while it is there.
    private static let blockSize = 256 << 10

    private let source: any ByteBlocks
    private let gunzip: OpaquePointer
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)

    init(_ source: any ByteBlocks, isal: Bool = true) throws {
        guard let gunzip = podrun_gunzip_new(isal ? 1 : 0) else {
            throw ImageError(.host, "out of memory")
        }
        self.gunzip = gunzip
        self.source = source
    }

    deinit {
        podrun_gunzip_free(gunzip)
        block.deallocate()
    }

    /// Opens the library of the fast way; needed before a chroot hides it.
    static func prepare() {
        _ = podrun_gunzip_has_isal()
    }

    func next() throws -> UnsafeRawBufferPointer? {
        while true {
            var taken = input.count
            var made = block.count
            let status = podrun_gunzip_run(
                gunzip, input.bindMemory(to: UInt8.self).baseAddress, &taken,
                block.bindMemory(to: UInt8.self).baseAddress, &made)
            try Self.check(status)
            input = UnsafeRawBufferPointer(rebasing: input[taken...])
            if made > 0 { return UnsafeRawBufferPointer(rebasing: block[..<made]) }
            guard let more = try source.next() else {
                try Self.check(podrun_gunzip_finish(gunzip))
                return nil
            }
            input = more
        }
    }

    private static func check(_ status: Int32) throws(ImageError) {
        switch podrun_gunzip_status(status) {
        case PODRUN_GUNZIP_OK: return
        case PODRUN_GUNZIP_HEADER: throw ImageError(.invalid, "damaged gzip header")
        case PODRUN_GUNZIP_CHECKSUM: throw ImageError(.invalid, "gzip checksum is wrong")
        case PODRUN_GUNZIP_TRUNCATED: throw ImageError(.invalid, "truncated gzip input")
        default: throw ImageError(.invalid, "damaged gzip data")
        }
    }
}
