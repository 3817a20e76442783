import Glibc

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

    /// What is above; a test that can't wait a minute for a silent server sets PODRUN_TRANSFER_IDLE_SECONDS and
    /// PODRUN_TRANSFER_BACKOFF_MS.
    package static let `default`: TransferLimits = {
        var limits = TransferLimits()
        if let seconds = number("PODRUN_TRANSFER_IDLE_SECONDS") {
            limits.idleSeconds = seconds
            limits.connectSeconds = seconds
            limits.documentSeconds = 5 * seconds
            limits.longestWait = 5 * Double(seconds)
        }
        if let milliseconds = number("PODRUN_TRANSFER_BACKOFF_MS") { limits.firstWait = Double(milliseconds) / 1000 }
        return limits
    }()

    package init() {}

    private static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }.flatMap { (1...3600_000).contains($0) ? $0 : nil }
    }
}
