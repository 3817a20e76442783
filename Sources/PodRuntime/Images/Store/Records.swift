import PodModel

/// `index.json`: which names the store knows.
struct ImageIndex: Codable, Sendable, Equatable {
    struct Entry: Codable, Sendable, Equatable {
        /// Full name with tag: `docker.io/library/nginx:latest`.
        var name = ""
        /// Digest of the manifest.
        var manifest = ""
        /// Path given to `image load`; empty for a pulled image, whose digest the registry vouches for.
        var loadedFrom = ""
        /// Digest of what the name led to when it was pulled, perhaps an index; empty for a loaded image.
        var target = ""
        /// RFC 3339, when the name was last pulled; empty for a loaded image.
        var pulledAt = ""
        /// Boot ID while the disk may not have the image yet: after a power cut, in another boot, the entry counts as
        /// absent. Empty when it is on disk.
        var unflushed = ""
    }

    var version = 1
    /// Sorted by name.
    var images: [Entry] = []
}

/// `manifests/<hex>.json`: an image that is complete on this host.
struct ImageRecord: Codable, Sendable, Equatable {
    struct Layer: Codable, Sendable, Equatable {
        /// Name of the directory below `layers`.
        var id = ""
        /// Digest of the blob as it came, compressed or not.
        var blob = ""
        /// Digest of the plain tar stream.
        var diffID = ""
    }

    var version = 1
    /// Digest of the configuration, the image's ID.
    var config = ""
    var layers: [Layer] = []
    /// RFC 3339, from the configuration; empty when it has none.
    var created = ""
    /// Logical bytes of the unpacked files, all layers.
    var size: Int64 = 0
}

/// `layers/<id>.json`: what an unpacked layer is.
struct LayerRecord: Codable, Sendable, Equatable {
    var version = 1
    /// All of the chain ID, of which the layer's name is the beginning.
    var chainID = ""
    var diffID = ""
    var entries = 0
    /// Logical bytes of the files.
    var bytes: Int64 = 0
}

/// Names a layer by everything below it, as containerd does: directories that an archive only implies take owner and
/// mode from the layers below, so the same archive above other layers may be another directory.
struct LayerChain {
    private(set) var chainID: ContentDigest?

    /// 96 bits of the chain ID: short, because 127 of these names must fit into one page of mount options. The whole ID
    /// is in the layer's record and is compared.
    var id: String { chainID.map { String($0.hex.prefix(24)) } ?? "" }

    mutating func append(_ diffID: ContentDigest) {
        chainID = chainID.map { ContentDigest.of(Array("\($0) \(diffID)".utf8)) } ?? diffID
    }
}
