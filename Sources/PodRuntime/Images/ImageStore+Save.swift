import Glibc
import PodLinux
import PodModel

extension ImageStore {
    /// Writes images as one OCI archive. Every blob is hashed on the way: a damaged one ends it.
    ///
    /// - Parameters:
    ///   - images: each with the names it gets in the archive.
    ///   - descriptor: where to; written from its current position on.
    package func save(_ images: [(image: StoredImage, names: [ImageReference])], to descriptor: Int32) throws {
        // Nothing of it is collected meanwhile.
        let lock = try StoreLock.shared(files.directory + "/lock")
        defer { lock.release() }
        let tar = TarWriter { bytes in
            var done = 0
            while done < bytes.count {
                done += try check("write archive", "") {
                    write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                }
            }
        }
        var index = OCIIndex()
        index.schemaVersion = 2
        index.mediaType = "application/vnd.oci.image.index.v1+json"
        var blobs: [ContentDigest] = []
        for (image, names) in images {
            guard let digest = ContentDigest(image.manifest) else { continue }
            let manifest = try manifestBytes(digest)
            index.manifests += try descriptors(of: digest, manifest, names: names)
            let record = try record(of: digest)
            for text in [image.manifest, record.config] + record.layers.map(\.blob) {
                if let blob = ContentDigest(text), !blobs.contains(blob) { blobs.append(blob) }
            }
        }
        try tar.file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        try tar.file("index.json", JSON.encode(index))
        for blob in blobs { try add(blob, to: tar) }
        try tar.finish()
    }

    private func manifestBytes(_ digest: ContentDigest) throws -> [UInt8] {
        try ImageDocument.read(files.blob(digest), subject: "blob \(digest)", limits: limits)
    }

    /// One for each name, as `docker save` and buildkit do; one without a name when the image has none.
    private func descriptors(
        of digest: ContentDigest, _ bytes: [UInt8], names: [ImageReference]
    ) throws -> [OCIDescriptor] {
        let manifest = try ImageDocument.decode(OCIManifest.self, bytes, subject: "blob \(digest)")
        var descriptor = OCIDescriptor()
        descriptor.mediaType =
            manifest.mediaType.isEmpty ? "application/vnd.oci.image.manifest.v1+json" : manifest.mediaType
        descriptor.digest = digest.description
        descriptor.size = Int64(bytes.count)
        if names.isEmpty { return [descriptor] }
        return names.map { name in
            descriptor.annotations = [
                // What containerd, docker and podman read for the full name, and the standard's own.
                "io.containerd.image.name": name.description,
                "org.opencontainers.image.ref.name": name.description,
            ]
            return descriptor
        }
    }

    private func add(_ digest: ContentDigest, to tar: TarWriter) throws {
        let subject = "blob \(digest)"
        let file = try RegularFile.open(files.blob(digest), subject: subject)
        let fd = file.raw
        var status = stat()
        try check("stat", subject) { fstat(fd, &status) }
        let size = Int64(status.st_size)
        let blocks = FileBlocks(file, subject: subject, limit: size)
        try tar.file("blobs/sha256/\(digest.hex)", size: size) { write in
            while let block = try blocks.next() { try write(block) }
            guard blocks.count == size, try blocks.digest() == digest else {
                throw ImageError(.host, "\(subject) is damaged: pull or load the image again")
            }
        }
    }
}
