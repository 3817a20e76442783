/// What a registry may cost before podrun gives up on it.
package struct TransferLimits: Sendable {
    /// Manifests and indexes: 4 MiB, what containerd and containers/image accept.
    package var documentBytes: Int64 = 4 << 20
    /// A token server's answer.
    package var tokenBytes: Int64 = 1 << 20
    /// Of an error answer; what is shown of it is far shorter.
    package var errorBytes: Int64 = 1 << 20
    /// All header lines of one answer.
    package var headerBytes = 64 << 10
    package var redirects = 5
    /// Tries of one request, the first one included.
    package var tries = 5
    /// The longest wait between two tries, whatever Retry-After says, in seconds.
    package var longestWait: Double = 60
    /// The first wait between two tries, in seconds; doubled each time.
    package var firstWait: Double = 1
    package var connectSeconds = 30
    /// A transfer that moves fewer than 1 KiB a second for so long is given up (and tried again).
    package var idleSeconds = 60
    /// A whole request for a document or a token, in seconds.
    package var documentSeconds = 300

    package static let `default` = TransferLimits()

    package init() {}
}
