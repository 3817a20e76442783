import Glibc
import PodLinux
import PodModel

/// The small parts of an image: index, manifest and configuration. Those the store has are not fetched again.
final class PullDocuments {
    let source: any PullSource
    let files: StoreFiles
    let limits: ImageLimits
    let staging: Staging
    /// In staging, to get their names.
    private(set) var blobs: [Staging.Blob] = []
    /// Bytes of blobs that were fetched.
    private(set) var fetched: Int64 = 0

    init(source: any PullSource, files: StoreFiles, limits: ImageLimits, staging: Staging) {
        self.source = source
        self.files = files
        self.limits = limits
        self.staging = staging
    }

    /// The image for this platform, and the digest of what the name led to: its manifest, or an index.
    func image(
        _ reference: ImageReference, _ platform: HostPlatform
    ) throws -> (image: SourceImage, target: ContentDigest) {
        let document = try source.document(reference.digest.isEmpty ? reference.tag : reference.digest)
        let target = ContentDigest.of(document.bytes)
        if !reference.digest.isEmpty, "\(target)" != reference.digest {
            throw ImageError(.invalid, "manifest \(reference.digest) has digest \(target)")
        }
        var documents: [[UInt8]] = [document.bytes]
        let walk = IndexWalk(
            limits: limits,
            document: { digest, size in
                let bytes = try self.manifest(digest, size)
                documents.append(bytes)
                return bytes
            }, platform: platform)
        let image = try walk.image(in: document.bytes, digest: target, mediaType: document.mediaType)
        for bytes in documents where [target, image.manifest].contains(ContentDigest.of(bytes)) { try stage(bytes) }
        return (image, target)
    }

    private func manifest(_ digest: ContentDigest, _ size: Int64) throws -> [UInt8] {
        if size > limits.documentBytes {
            throw ImageError(.invalid, "manifest \(digest) is longer than \(limits.documentBytes) bytes")
        }
        let bytes = try stored(digest) ?? source.document("\(digest)").bytes
        try BlobCheck.check(ContentDigest.of(bytes), size: Int64(bytes.count), expected: digest, size: size)
        return bytes
    }

    /// The configuration, and the digests of the layers' plain tars.
    func config(
        _ image: SourceImage, _ platform: HostPlatform
    ) throws -> (config: OCIImageConfig, diffIDs: [ContentDigest]) {
        let subject = "config \(image.config)"
        if image.configSize > limits.documentBytes {
            throw ImageError(.invalid, "\"\(subject)\" is longer than \(limits.documentBytes) bytes")
        }
        var bytes: [UInt8] = []
        if let stored = try stored(image.config) {
            bytes = stored
        } else {
            try source.fetch(image.config, size: image.configSize) { block in
                bytes += block
                if Int64(bytes.count) > image.configSize {
                    throw ImageError(.invalid, "blob \(image.config) is longer than \(image.configSize) bytes")
                }
            }
            try BlobCheck.check(
                ContentDigest.of(bytes), size: Int64(bytes.count), expected: image.config, size: image.configSize)
            try stage(bytes)
            fetched += Int64(bytes.count)
        }
        let config = try ImageDocument.decode(OCIImageConfig.self, bytes, subject: subject)
        let diffIDs = try config.rootfs.diffIDs.map(IndexWalk.digest)
        try ImageStore.verify(config, diffIDs, image, platform)
        return (config, diffIDs)
    }

    /// nil when the store doesn't have it whole.
    private func stored(_ digest: ContentDigest) throws -> [UInt8]? {
        let path = files.blob(digest)
        guard files.isPresent(path) else { return nil }
        let bytes = try ImageDocument.read(path, subject: path, limits: limits)
        return ContentDigest.of(bytes) == digest ? bytes : nil
    }

    private func stage(_ bytes: [UInt8]) throws {
        blobs.append(try staging.copy({ body in try bytes.withUnsafeBytes(body) }, progress: { _ in }))
    }
}
