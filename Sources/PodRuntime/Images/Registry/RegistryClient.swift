import PodModel

/// A manifest or index as a registry gave it, its digest verified when it was asked for by digest.
package struct RegistryDocument: Sendable, Equatable {
    package var bytes: [UInt8]
    /// The Content-Type without parameters; empty when there was none.
    package var mediaType: String
    /// Of `bytes`, computed here.
    package var digest: ContentDigest
}

/// Talks to one repository of one registry: requests one after the other over a kept connection.
package final class RegistryClient {
    package let endpoint: RegistryEndpoint
    /// The value of the Authorization header that worked last, nil when none is needed so far. Another client of the
    /// same endpoint (a layer worker) can start with it, and gets itself a new one when it expires.
    package private(set) var authorization: String?
    /// Called before a wait between two tries with what went wrong, without secrets, and the seconds to wait.
    package var onRetry: (_ cause: String, _ seconds: Double) -> Void = { _, _ in }

    /// - Throws: ``ImageError`` `host` when libcurl is not installed.
    package init(
        endpoint: RegistryEndpoint, credentials: RegistryCredentials, authorization: String? = nil,
        limits: TransferLimits = .default
    ) throws {
        self.endpoint = endpoint
        self.authorization = authorization
    }

    /// - Throws: ``ImageError`` `registry`; `missing` when the registry has no such tag.
    package func manifest(tag: String) throws -> RegistryDocument {
        throw ImageError(.registry, "fetch \"\(endpoint):\(tag)\": not built yet")
    }

    /// - Throws: as ``manifest(tag:)``; `invalid` when the bytes don't have this digest.
    package func manifest(digest: ContentDigest) throws -> RegistryDocument {
        throw ImageError(.registry, "fetch \"\(endpoint)@\(digest)\": not built yet")
    }

    /// Streams a blob of exactly `size` bytes in blocks of at most 16 KiB, each byte once and in order however many
    /// tries it takes. The digest is the caller's to check; a mismatch is not tried again.
    ///
    /// - Throws: ``ImageError`` `registry`, `missing`, or `invalid` for a size other than `size`; what `body` throws,
    ///   at once.
    package func blob(
        _ digest: ContentDigest, size: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        throw ImageError(.registry, "fetch \"\(endpoint)@\(digest)\": not built yet")
    }
}
