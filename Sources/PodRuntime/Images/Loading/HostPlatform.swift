import PodModel

/// The platform whose images run here, in the image format's words.
package struct HostPlatform: Equatable, Sendable, CustomStringConvertible {
    package var os = "linux"
    package var architecture: String

    package init(os: String = "linux", architecture: String) {
        self.os = os
        self.architecture = architecture
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
        return ["", "v1", "v8"].contains(platform.variant)
    }

    package var description: String { "\(os)/\(architecture)" }
}
