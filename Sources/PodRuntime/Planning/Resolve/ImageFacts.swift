import PodModel

/// What the image store knows about one image on this host.
package struct ImageFacts: Codable, Sendable, Equatable {
    /// The name that the pod used, in Docker's full form.
    package var reference: String
    /// Digest of the image's configuration.
    package var imageID: String
    package var config: OCIImageConfig
    /// Layer ids, bottom to top: names below `HostPaths.layersDirectory`.
    package var layers: [String]
    /// Text of the image's /etc/passwd and /etc/group, read safely; nil where there is none.
    package var passwd: String?
    package var group: String?

    package init(
        reference: String, imageID: String, config: OCIImageConfig, layers: [String], passwd: String? = nil,
        group: String? = nil
    ) {
        self.reference = reference
        self.imageID = imageID
        self.config = config
        self.layers = layers
        self.passwd = passwd
        self.group = group
    }
}
