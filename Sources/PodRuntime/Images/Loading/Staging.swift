import Glibc
import PodLinux

/// A private directory below `staging`, gone with this object, where blobs and layers become complete before they get
/// their final names.
final class Staging {
    let path: String
    private var count = 0
    private let limits: ImageLimits
    private var total: Int64 = 0

    init(in directory: String, limits: ImageLimits) throws {
        var template = Array((directory + "/load.XXXXXX").utf8CString)
        try check("make staging directory", directory) { mkdtemp(&template) == nil ? -1 : 0 }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.limits = limits
    }

    deinit {
        try? TreeRemoval.remove(path)
    }

    /// A new name here.
    func name() -> String {
        count += 1
        return "\(path)/\(count)"
    }

    /// A file here with verified content.
    struct Blob {
        var path: String
        var digest: ContentDigest
        var size: Int64
    }

    /// Copies a stream into a file of its own and tells its digest.
    func copy(
        _ read: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void, progress: @escaping (Int64) -> Void
    ) throws -> Blob {
        let path = name()
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        let fd = file.raw
        try FreeSpace.check(fd, reserved: limits.reservedBytes)
        var hasher = ContentHasher()
        var unchecked = 0
        try read { block in
            total += Int64(block.count)
            if total > limits.blobBytes { throw ImageError(.invalid, "more than \(limits.blobBytes) bytes of blobs") }
            unchecked += block.count
            if unchecked >= 32 << 20 {
                unchecked = 0
                try FreeSpace.check(fd, reserved: limits.reservedBytes)
            }
            hasher.update(block)
            var done = 0
            while done < block.count {
                done += try check("write", path) { write(fd, block.baseAddress.map { $0 + done }, block.count - done) }
            }
            progress(Int64(block.count))
        }
        let size = hasher.count
        return Blob(path: path, digest: hasher.finish(), size: size)
    }
}
