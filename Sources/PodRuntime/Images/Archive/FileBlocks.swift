import Glibc
import PodLinux

/// The bytes of an open file or pipe in blocks of 256 KiB (the last one shorter), hashed on the way.
final class FileBlocks: ByteBlocks {
    /// Large enough that the calls don't show, small enough to stay in the second-level cache between hash and inflate.
    static let blockSize = 256 << 10

    private let file: Descriptor
    private let subject: String
    private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    private var hasher = ContentHasher()
    private let limit: Int64

    /// `subject` names the file in errors; more than `limit` bytes are an error.
    init(_ file: consuming Descriptor, subject: String, limit: Int64 = .max) {
        self.file = file
        self.subject = subject
        self.limit = limit
    }

    deinit {
        block.deallocate()
    }

    /// Bytes given out so far.
    var count: Int64 { hasher.count }

    func next() throws -> UnsafeRawBufferPointer? {
        let fd = file.raw
        let space = block
        var count = 0
        while count < space.count {
            let more = try check("read", subject) {
                read(fd, space.baseAddress.map { $0 + count }, space.count - count)
            }
            if more == 0 { break }
            count += more
        }
        if count == 0 { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: space[..<count])
        hasher.update(bytes)
        if hasher.count > limit { throw ImageError(.invalid, "\"\(subject)\" is longer than \(limit) bytes") }
        return bytes
    }

    /// Reads what is left; the digest of the whole file.
    func digest() throws -> ContentDigest {
        while try next() != nil {}
        return hasher.finish()
    }
}
