import PodModel

/// One row of `podrun image ls`.
package struct ImageSummary: Sendable, Equatable {
    /// As people write it: `nginx`, `quay.io/a/b`.
    package var repository: String
    package var tag: String
    /// `sha256:<64 hex digits>` of the configuration.
    package var imageID: String
    /// nil when the image doesn't say.
    package var created: Timestamp?
    /// Bytes of the unpacked files. Layers shared with other images count here too.
    package var size: Int64
    /// Digests of the manifest.
    package var digests: [String]
}

/// How far a load has come. Reported about once per MiB and at every step's beginning.
package struct ImageProgress: Sendable, Equatable {
    package enum Step: Sendable {
        /// Copying and checking blobs.
        case reading
        case unpacking
        /// Waiting for the disk.
        case saving
    }

    package var step: Step
    /// 1 to `layerCount` while unpacking, else 0.
    package var layer = 0
    package var layerCount = 0
    /// Bytes of this step (of this layer) done.
    package var bytes: Int64 = 0
}
