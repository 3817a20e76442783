import Glibc
import PodLinux

/// An OCI image layout as a directory: `oci-layout`, `index.json`, `blobs/sha256/`.
final class LayoutDirectory: ImageSource {
    private let path: String
    private let blobs: Descriptor
    private let staging: Staging
    private let limits: ImageLimits
    private let progress: (Int64) -> Void

    init(_ path: String, staging: Staging, limits: ImageLimits, progress: @escaping (Int64) -> Void) throws {
        self.path = path
        self.staging = staging
        self.limits = limits
        self.progress = progress
        _ = try ImageDocument.read(path + "/oci-layout", subject: "oci-layout", limits: limits)
        let root = try Directory(path)
        blobs = try root.open("blobs/sha256", O_RDONLY | O_DIRECTORY, within: .beneathNoLinks)
    }

    func images() throws -> [SourceImage] {
        let index = try ImageDocument.read(path + "/index.json", subject: "index.json", limits: limits)
        return try IndexWalk(limits: limits, document: { try self.document($0, size: $1) }).images(in: index)
    }

    func blob(_ digest: ContentDigest, size: Int64) throws -> Staging.Blob {
        let file = try RegularFile.open(digest.hex, at: blobs.raw, subject: "blobs/sha256/\(digest.hex)")
        let source = FileBlocks(file, subject: "blobs/sha256/\(digest.hex)", limit: size)
        let blob = try staging.copy(
            { body in while let block = try source.next() { try body(block) } }, progress: progress)
        try BlobCheck.check(blob.digest, size: blob.size, expected: digest, size: size)
        return blob
    }

    private func document(_ digest: ContentDigest, size: Int64) throws -> [UInt8] {
        let subject = "blobs/sha256/\(digest.hex)"
        let file = try RegularFile.open(digest.hex, at: blobs.raw, subject: subject)
        let source = FileBlocks(file, subject: subject, limit: min(size, limits.documentBytes))
        var bytes: [UInt8] = []
        while let block = try source.next() { bytes += block }
        try BlobCheck.check(ContentDigest.of(bytes), size: Int64(bytes.count), expected: digest, size: size)
        return bytes
    }
}

/// What arrived against what was promised.
enum BlobCheck {
    static func check(_ digest: ContentDigest, size: Int64, expected: ContentDigest, size expectedSize: Int64) throws {
        if size != expectedSize {
            throw ImageError(.invalid, "blob \(expected) has \(size) bytes, expected \(expectedSize)")
        }
        if digest != expected { throw ImageError(.invalid, "blob \(expected) has digest \(digest)") }
    }
}
