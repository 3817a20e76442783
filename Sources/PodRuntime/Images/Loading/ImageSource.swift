import Glibc
import PodLinux
import PodModel

/// Where an image comes from: a layout directory, an archive, later a registry.
protocol ImageSource: AnyObject {
    /// The images in it, in the order of its index.
    func images() throws -> [SourceImage]
    /// A blob in the staging directory, digest checked.
    func blob(_ digest: ContentDigest, size: Int64) throws -> Staging.Blob
}

/// One image of a source.
struct SourceImage {
    /// Names the source itself gives; may be empty.
    var names: [ImageReference]
    var manifest: ContentDigest
    /// The manifest's bytes, which hash to `manifest`.
    var manifestBytes: [UInt8]
    var config: ContentDigest
    var configSize: Int64
    /// Bottom to top; size 0 where the source doesn't say.
    var layers: [(digest: ContentDigest, size: Int64)]
}

/// Small documents of images: size-capped, digest-checked, decoded.
enum ImageDocument {
    /// Reads `path` (a regular file, not a link) of at most `limits.documentBytes`.
    static func read(_ path: String, subject: String, limits: ImageLimits) throws -> [UInt8] {
        let file = try RegularFile.open(path, subject: subject)
        do {
            return try FileBytes.read(file, path: subject, limit: Int(limits.documentBytes))
        } catch {
            guard error.errno == EFBIG else { throw error }
            throw ImageError(.invalid, "\"\(subject)\" is longer than \(limits.documentBytes) bytes")
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], subject: String) throws -> T {
        do {
            return try JSON.decode(type, from: bytes)
        } catch {
            throw ImageError(.invalid, "read \"\(subject)\": \(error.text)")
        }
    }
}

/// Files that must be plain ones: a layout's blob may be a link to /etc/shadow, a FIFO or /dev/zero.
enum RegularFile {
    static func open(_ path: String, at directory: Int32 = AT_FDCWD, subject: String) throws -> Descriptor {
        var status = stat()
        guard
            try check(
                "stat", subject, unless: ENOENT,
                body: {
                    fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW)
                }) != nil
        else { throw ImageError(.invalid, "\"\(subject)\" is missing") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.invalid, "\"\(subject)\" is not a regular file")
        }
        // It may be another file by now: O_NONBLOCK and O_NOFOLLOW make that harmless, and what was opened is looked
        // at.
        let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, at: directory)
        let fd = file.raw
        try check("stat", subject) { fstat(fd, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.invalid, "\"\(subject)\" is not a regular file")
        }
        return file
    }
}
