/// How far a pull has come: one line of `podrun pull -o json` and of a worker's stdout.
package struct PullProgress: Codable, Sendable, Equatable {
    package enum Event: String, Codable, Sendable {
        /// The registry is asked for the manifest.
        case resolving
        /// Bytes of a layer's blob have come; about ten times a second for each layer. The first one of a layer has
        /// `bytes` 0.
        case layer
        /// A layer is complete in the store.
        case unpacked
        /// A layer, or with an empty `layer` the whole image, was in the store already.
        case exists
        /// The image gets its name.
        case saving
        /// The image can be used. Always the last event of a pull that succeeds.
        case done
        /// Always the last event of a pull that fails; `message` says why. Written by the process, not by ``ImagePull``.
        case error
        /// Something failed and is tried again; `message` says what.
        case retry
    }

    package var event: Event
    /// The reference in full: `docker.io/library/nginx:latest`.
    package var image: String
    /// Digest of the layer's blob; empty when the event is about the image.
    package var layer = ""
    /// Bytes of the blob (`done`: of all blobs that were fetched) so far.
    package var bytes: Int64 = 0
    /// Bytes of the whole blob (`done`: of the image's blobs together).
    package var total: Int64 = 0
    package var message = ""
    /// `done`: digest of the configuration.
    package var imageID = ""
    /// `done`: since the pull began.
    package var milliseconds: Int64 = 0

    package init(_ event: Event, image: String) {
        self.event = event
        self.image = image
    }
}
