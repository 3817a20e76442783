/// Where `podrun worker blob` fetches from: a registry's endpoint, or a layout directory (tests).
package struct BlobOrigin: Codable, Sendable, Equatable {
    package var endpoint: RegistryEndpoint?
    /// For a new token when `authorization` has expired.
    package var credential: RegistryCredential?
    /// Value of the Authorization header to begin with.
    package var authorization: String?
    /// Path of an OCI layout; used when there is no endpoint.
    package var layout = ""

    package init() {}
}

/// What `podrun worker blob` reads from stdin: it writes the blob to descriptor 3 and reports on stdout.
package struct BlobRequest: Codable, Sendable, Equatable {
    package var origin = BlobOrigin()
    package var digest = ""
    package var size: Int64 = 0
    /// Of the process that started this one; the worker ends with it.
    package var parent: Int32 = 0

    package init() {}
}

/// What `podrun worker layer` reads from stdin: it reads the blob from descriptor 3 and reports on stdout.
package struct LayerRequest: Codable, Sendable, Equatable {
    package var digest = ""
    package var size: Int64 = 0
    /// Digest of the plain tar; empty when the layer is in the store and only its blob is wanted.
    package var diffID = ""
    /// Directory of its own; the worker makes `blob`, `root` and `directories` there, and sees nothing else.
    package var staging = ""
    /// The blob is in the store: it is only unpacked.
    package var isStored = false
    /// File to lock before memory is taken for a large zstd window: one layer at a time has one.
    package var windowLock = ""
    package var limits = ImageLimits()
    /// Of the process that started this one; the worker ends with it.
    package var parent: Int32 = 0

    package init() {}
}

/// One line on a worker's stdout.
package struct WorkerReport: Codable, Sendable, Equatable {
    package enum Event: String, Codable, Sendable { case progress, retry, done, error }

    package var event: Event
    /// Bytes of the blob so far.
    package var blobBytes: Int64 = 0
    package var message = ""
    package var kind = ImageError.Kind.host
    /// `done`: entries of the layer, and logical bytes of its files.
    package var entries = 0
    package var fileBytes: Int64 = 0

    package init(_ event: Event) { self.event = event }
}
