import Glibc
import PodLinux

/// Where blobs come from.
package protocol BlobFetch {
    /// Hands out the blob's bytes in order. The caller checks the digest; more than `size` need not be handed out.
    func fetch(_ digest: ContentDigest, size: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

/// One place that has an image: an endpoint of a registry, or a layout directory.
package protocol PullSource: BlobFetch {
    /// The manifest or index with this tag, or `sha256:` digest; the caller checks the digest.
    func document(_ tagOrDigest: String) throws -> PullDocument

    /// What a process of its own needs to fetch blobs from here.
    func origin() throws -> BlobOrigin
}

/// A manifest or an index as it came.
package struct PullDocument: Sendable {
    package var bytes: [UInt8]
    /// Empty when nobody said.
    package var mediaType: String

    package init(bytes: [UInt8], mediaType: String) {
        self.bytes = bytes
        self.mediaType = mediaType
    }
}

/// A registry's endpoint.
package final class RegistrySource: PullSource {
    private let endpoint: RegistryEndpoint
    private let credentials: RegistryCredentials
    private let authorization: String?
    private let onRetry: (String) -> Void
    private var known: RegistryClient?

    /// - Parameter onRetry: told what is tried again.
    package init(
        _ endpoint: RegistryEndpoint, credentials: RegistryCredentials, authorization: String? = nil,
        onRetry: @escaping (String) -> Void = { _ in }
    ) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.authorization = authorization
        self.onRetry = onRetry
    }

    /// Connects with the first question: a mirror further down the list is often never asked.
    func client() throws -> RegistryClient {
        if let known { return known }
        let client = try RegistryClient(endpoint: endpoint, credentials: credentials, authorization: authorization)
        client.onRetry = { [onRetry] cause, _ in onRetry(cause) }
        known = client
        return client
    }

    package func document(_ tagOrDigest: String) throws -> PullDocument {
        let document =
            if let digest = ContentDigest(tagOrDigest) {
                try client().manifest(digest: digest)
            } else {
                try client().manifest(tag: tagOrDigest)
            }
        return PullDocument(bytes: document.bytes, mediaType: document.mediaType)
    }

    package func fetch(
        _ digest: ContentDigest, size: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try client().blob(digest, size: size, body)
    }

    package func origin() throws -> BlobOrigin {
        var origin = BlobOrigin()
        origin.endpoint = endpoint
        origin.credential = try credentials.credential(for: endpoint)
        origin.authorization = known?.authorization
        return origin
    }
}

/// An OCI layout directory.
package struct LayoutSource: PullSource {
    private let path: String

    package init(_ path: String) { self.path = path }

    /// The tag is not looked at: what the layout's index says is what there is.
    package func document(_ tagOrDigest: String) throws -> PullDocument {
        let file = ContentDigest(tagOrDigest).map { "\(path)/blobs/sha256/\($0.hex)" } ?? "\(path)/index.json"
        return PullDocument(
            bytes: try ImageDocument.read(file, subject: file, limits: ImageLimits()), mediaType: "")
    }

    package func fetch(
        _ digest: ContentDigest, size: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let file = "\(path)/blobs/sha256/\(digest.hex)"
        let blocks = FileBlocks(try RegularFile.open(file, subject: file), subject: file)
        while let block = try blocks.next() { try body(block) }
    }

    package func origin() -> BlobOrigin {
        var origin = BlobOrigin()
        origin.layout = path
        return origin
    }
}
