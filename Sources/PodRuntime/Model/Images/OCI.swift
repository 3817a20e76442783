// The OCI image format, as far as podrun reads it (opencontainers/image-spec). Docker's v2 manifests have the same shape.

/// Points at a blob.
package struct OCIDescriptor: Codable, Sendable, Equatable {
    package var mediaType = ""
    /// `sha256:` and 64 hexadecimal digits; to be checked before it becomes a path.
    package var digest = ""
    /// Bytes.
    package var size: Int64 = 0
    package var urls: [String] = []
    package var annotations: [String: String] = [:]
    package var platform: OCIPlatform?

    package init() {}
}

package struct OCIPlatform: Codable, Sendable, Equatable {
    package var architecture = ""
    package var os = ""
    package var variant = ""

    package init() {}
}

/// A list of manifests, one for each platform or name.
package struct OCIIndex: Codable, Sendable, Equatable {
    package var schemaVersion: Int64 = 0
    package var mediaType = ""
    package var manifests: [OCIDescriptor] = []
    package var annotations: [String: String] = [:]

    package init() {}
}

/// One image: configuration and layers, bottom to top.
package struct OCIManifest: Codable, Sendable, Equatable {
    package var schemaVersion: Int64 = 0
    package var mediaType = ""
    package var config = OCIDescriptor()
    package var layers: [OCIDescriptor] = []
    package var annotations: [String: String] = [:]

    package init() {}
}

/// How the image wants to be run, and the digests of its unpacked layers.
package struct OCIImageConfig: Codable, Sendable, Equatable {
    package struct Configuration: Codable, Sendable, Equatable {
        package var user = ""
        package var exposedPorts: [String: EmptyObject] = [:]
        package var env: [String] = []
        package var entrypoint: [String] = []
        package var cmd: [String] = []
        package var volumes: [String: EmptyObject] = [:]
        package var workingDir = ""
        package var labels: [String: String] = [:]
        package var stopSignal = ""

        package init() {}

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case exposedPorts = "ExposedPorts"
            case env = "Env"
            case entrypoint = "Entrypoint"
            case cmd = "Cmd"
            case volumes = "Volumes"
            case workingDir = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
        }
    }

    package struct RootFS: Codable, Sendable, Equatable {
        package var type = ""
        package var diffIDs: [String] = []

        package init() {}

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    /// Go marshals a set as a map to `{}`.
    package struct EmptyObject: Codable, Sendable, Equatable {
        package init() {}
    }

    package var created = ""
    package var architecture = ""
    package var os = ""
    package var variant = ""
    package var config = Configuration()
    package var rootfs = RootFS()

    package init() {}
}
