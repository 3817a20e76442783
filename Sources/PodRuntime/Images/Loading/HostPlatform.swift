import PodModel

/// The platform whose images run here, in the image format's words.
package struct HostPlatform: Equatable, Sendable, CustomStringConvertible {
    package var os = "linux"
    package var architecture: String
    /// Empty = what every processor of the architecture runs.
    package var variant = ""

    package init(os: String = "linux", architecture: String, variant: String = "") {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// `linux/arm64` or `linux/arm/v7`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts.contains("") else { return nil }
        self.init(os: parts[0], architecture: parts[1], variant: parts.count > 2 ? parts[2] : "")
    }

    package static var current: HostPlatform {
        #if arch(x86_64)
            HostPlatform(architecture: "amd64")
        #elseif arch(arm64)
            HostPlatform(architecture: "arm64")
        #else
            #error("name this architecture as Go does")
        #endif
    }

    func runs(_ platform: OCIPlatform) -> Bool {
        guard platform.os == os, platform.architecture == architecture else { return false }
        // amd64 v2 and up need newer processors; without a variant is what every one runs.
        return variant.isEmpty ? ["", "v1", "v8"].contains(platform.variant) : platform.variant == variant
    }

    package var description: String { "\(os)/\(architecture)" + (variant.isEmpty ? "" : "/\(variant)") }
}
