import PodModel
import PodPlanning

/// Brings one image from a registry into the store.
package struct ImagePull {
    private let store: ImageStore
    private let reference: ImageReference
    private let platform: HostPlatform
    private let sources: [any PullSource]
    private let progress: (PullProgress) -> Void

    /// - Parameters:
    ///   - sources: where the image may be, in the order to try.
    ///   - progress: called for every event but `error`.
    package init(
        store: ImageStore, reference: ImageReference, platform: HostPlatform = .current, sources: [any PullSource],
        progress: @escaping (PullProgress) -> Void = { _ in }
    ) {
        self.store = store
        self.reference = reference
        self.platform = platform
        self.sources = sources
        self.progress = progress
    }

    /// Pulls. What it returns is usable, but perhaps not on disk yet: call ``ImageStore/flushInBackground()`` after
    /// telling the user.
    ///
    /// Blocks; may run in any number of processes at once. Ctrl-C and kill -9 need no care.
    /// - Throws: ``ImageError``, or `SyscallError` when the host failed.
    package func run() throws -> PulledImage {
        throw ImageError(.unsupported, "pulling is not there yet")
    }
}

/// What a pull brought.
package struct PulledImage: Sendable {
    package var facts: ImageFacts
    /// Digest of the manifest for this platform.
    package var manifest: String
    /// Bytes that came over the network; 0 when everything was there.
    package var bytesFetched: Int64
    /// Bytes of the image's blobs together.
    package var size: Int64
    /// The image was in the store under this name already.
    package var wasPresent: Bool
    package var milliseconds: Int64
}

extension ImageStore {
    /// Has the disk keep what was pulled: starts a process that does it and outlives this one.
    package func flushInBackground() throws {}

}
