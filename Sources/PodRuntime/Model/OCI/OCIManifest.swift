/// The Open Container Initiative's image documents, and Docker's older forms of them (same fields, other media types).

/// What a document says about another one or about a blob.
package struct OCIDescriptor: Codable, Sendable, Equatable {
    package struct Platform: Codable, Sendable, Equatable {
        package var architecture = ""
        package var os = ""
        package var variant = ""

        package init(architecture: String = "", os: String = "", variant: String = "") {
            self.architecture = architecture
            self.os = os
            self.variant = variant
        }
    }

    package var mediaType = ""
    package var digest = ""
    /// Bytes.
    package var size: Int64 = 0
    package var annotations: [String: String] = [:]
    package var platform: Platform?
    /// Where foreign layers say they are; podrun never goes there.
    package var urls: [String] = []

    package init(mediaType: String, digest: String, size: Int64, annotations: [String: String] = [:]) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
    }
}

/// An image index (a list of manifests, one per platform).
package struct OCIIndex: Codable, Sendable, Equatable {
    package var schemaVersion = 2
    package var mediaType = ""
    package var manifests: [OCIDescriptor] = []
    package var annotations: [String: String] = [:]

    package init(manifests: [OCIDescriptor]) {
        self.manifests = manifests
    }
}

/// An image manifest: a configuration and layers, bottom to top.
package struct OCIManifest: Codable, Sendable, Equatable {
    package var schemaVersion = 2
    package var mediaType = ""
    package var config: OCIDescriptor
    package var layers: [OCIDescriptor] = []
    package var annotations: [String: String] = [:]

    package init(mediaType: String = "", config: OCIDescriptor, layers: [OCIDescriptor]) {
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
    }
}
