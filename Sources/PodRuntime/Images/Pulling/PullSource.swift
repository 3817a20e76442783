/// Where blobs come from: a registry, or the files of a layout.
package protocol BlobFetch {
    /// Hands out the blob's bytes in order. The bytes are checked by the caller; more than `size` need not be handed out.
    func fetch(_ digest: ContentDigest, size: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

/// One place that has an image: an endpoint of a registry.
package protocol PullSource: BlobFetch {
    /// The manifest or index with this tag, or `sha256:` digest; a digest's bytes are checked by the caller.
    func document(_ tagOrDigest: String) throws -> PullDocument

    /// What a process of its own needs to fetch blobs from here.
    func origin() throws -> BlobOrigin
}

/// A manifest or an index as it came.
package struct PullDocument: Sendable {
    package var bytes: [UInt8]
    package var mediaType: String

    package init(bytes: [UInt8], mediaType: String) {
        self.bytes = bytes
        self.mediaType = mediaType
    }
}
