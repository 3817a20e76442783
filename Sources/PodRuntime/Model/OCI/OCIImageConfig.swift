/// An image's configuration: how its containers start, and the digests of its layers.
package struct OCIImageConfig: Codable, Sendable, Equatable {
    /// Defaults for containers; a pod's fields win.
    package struct Configuration: Codable, Sendable, Equatable {
        /// `user`, `uid`, `user:group`, `uid:gid`; empty is root.
        package var user = ""
        /// `NAME=value`.
        package var env: [String] = []
        package var entrypoint: [String] = []
        package var cmd: [String] = []
        package var workingDir = ""
        /// `SIGTERM`, `15`, `SIGRTMIN+3`; empty is SIGTERM.
        package var stopSignal = ""
        package var labels: [String: String] = [:]
        /// Paths the image wants volumes at.
        package var volumes: [String: Nothing] = [:]
        /// `80/tcp`.
        package var exposedPorts: [String: Nothing] = [:]

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case env = "Env"
            case entrypoint = "Entrypoint"
            case cmd = "Cmd"
            case workingDir = "WorkingDir"
            case stopSignal = "StopSignal"
            case labels = "Labels"
            case volumes = "Volumes"
            case exposedPorts = "ExposedPorts"
        }

        package init() {}
    }

    /// `{}`: Go's way to write a set.
    package struct Nothing: Codable, Sendable, Equatable {
        package init() {}
    }

    package struct RootFS: Codable, Sendable, Equatable {
        /// Always `layers`.
        package var type = "layers"
        /// Digests of the uncompressed layers, bottom to top.
        package var diffIDs: [String] = []

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        package init(diffIDs: [String] = []) {
            self.diffIDs = diffIDs
        }
    }

    /// RFC 3339; empty where the builder left it out.
    package var created = ""
    package var architecture = ""
    package var os = ""
    package var variant = ""
    package var config = Configuration()
    package var rootfs = RootFS()

    package init() {}
}
