import PodModel

/// Walks from an index to the image manifests for this host.
struct IndexWalk {
    let limits: ImageLimits
    /// A document by its descriptor, digest and size already checked.
    let document: (ContentDigest, Int64) throws -> [UInt8]
    var platform = HostPlatform.current

    private static let indexTypes: Set = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    ]
    private static let manifestTypes: Set = [
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json",
    ]
    private static let configTypes: Set = [
        "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
    ]
    private static let layerTypes: Set = [
        "application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.docker.image.rootfs.diff.tar",
        "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.docker.image.rootfs.diff.tar.zstd",
        "application/vnd.docker.container.image.rootfs.diff+x-gtar",
    ]

    /// The images of a layout's `index.json`. Entries for other platforms are passed over while there is one for this.
    func images(in bytes: [UInt8]) throws -> [SourceImage] {
        let index = try ImageDocument.decode(OCIIndex.self, bytes, subject: "index.json")
        try checkShape(bytes, subject: "index.json", isIndex: true)
        var images: [SourceImage] = []
        var others: [String] = []
        for descriptor in index.manifests {
            guard let found = try manifest(of: descriptor, depth: 0, others: &others) else { continue }
            if let known = images.firstIndex(where: { $0.manifest == found.manifest }) {
                images[known].names += names(of: descriptor).filter { !images[known].names.contains($0) }
                continue
            }
            var image = found
            image.names = names(of: descriptor)
            images.append(image)
        }
        if images.isEmpty { throw missing(others) }
        return images
    }

    /// The image that a registry's answer is, or leads to.
    /// - Parameter mediaType: what the registry says it is; registries that say nothing of use are common.
    func image(in bytes: [UInt8], digest: ContentDigest, mediaType: String) throws -> SourceImage {
        let shape = try ImageDocument.decode(Shape.self, bytes, subject: "\(digest)")
        let known = Self.indexTypes.union(Self.manifestTypes)
        let type = [mediaType, shape.mediaType].first { known.contains($0) } ?? ""
        let isIndex = type.isEmpty ? shape.manifests != nil : Self.indexTypes.contains(type)
        try checkShape(bytes, subject: "\(digest)", isIndex: isIndex, mediaType: type)
        if type.isEmpty, !shape.mediaType.isEmpty {
            throw ImageError(.unsupported, "manifest of unknown media type \"\(shape.mediaType)\"")
        }
        guard isIndex else { return try image(digest, bytes) }
        var others: [String] = []
        let index = try ImageDocument.decode(OCIIndex.self, bytes, subject: "\(digest)")
        for child in index.manifests {
            if let found = try manifest(of: child, depth: 1, others: &others) { return found }
        }
        throw missing(others)
    }

    private func missing(_ others: [String]) -> ImageError {
        let there = others.isEmpty ? "it has no images" : "it has \(Set(others).sorted().joined(separator: ", "))"
        return ImageError(.unsupported, "no image for \(platform): \(there)")
    }

    /// The image a manifest's or index's descriptor leads to on this platform, names not set; nil when it has none.
    private func manifest(of descriptor: OCIDescriptor, depth: Int, others: inout [String]) throws -> SourceImage? {
        let type = descriptor.mediaType
        guard Self.indexTypes.contains(type) || Self.manifestTypes.contains(type) else {
            throw ImageError(.unsupported, "manifest of unknown media type \"\(type)\"")
        }
        if let wanted = descriptor.platform, !platform.runs(wanted) {
            others.append("\(wanted.os)/\(wanted.architecture)")
            return nil
        }
        let digest = try Self.digest(descriptor.digest)
        let bytes = try document(digest, descriptor.size)
        let isIndex = Self.indexTypes.contains(type)
        try checkShape(bytes, subject: "\(digest)", isIndex: isIndex, mediaType: type)
        guard isIndex else { return try image(digest, bytes) }
        if depth >= limits.indexDepth {
            throw ImageError(.invalid, "index \(digest): more than \(limits.indexDepth) indexes deep")
        }
        let index = try ImageDocument.decode(OCIIndex.self, bytes, subject: "\(digest)")
        for child in index.manifests {
            if let found = try manifest(of: child, depth: depth + 1, others: &others) { return found }
        }
        return nil
    }

    private func image(_ digest: ContentDigest, _ bytes: [UInt8]) throws -> SourceImage {
        let manifest = try ImageDocument.decode(OCIManifest.self, bytes, subject: "\(digest)")
        guard Self.configTypes.contains(manifest.config.mediaType) else {
            throw ImageError(
                .unsupported,
                "manifest \(digest): not a container image: config of media type \"\(manifest.config.mediaType)\"")
        }
        if manifest.layers.count > limits.layers {
            throw ImageError(
                .unsupported,
                "manifest \(digest): \(manifest.layers.count) layers, at most \(limits.layers) are supported")
        }
        let layers = try manifest.layers.map { layer in
            if layer.mediaType.contains("nondistributable") || layer.mediaType.contains("foreign")
                || !layer.urls.isEmpty
            {
                throw ImageError(.unsupported, "layer \(layer.digest): foreign layers are not supported")
            }
            guard Self.layerTypes.contains(layer.mediaType) else {
                throw ImageError(.unsupported, "layer \(layer.digest): unknown media type \"\(layer.mediaType)\"")
            }
            if layer.size < 0 { throw ImageError(.invalid, "layer \(layer.digest): negative size") }
            return (digest: try Self.digest(layer.digest), size: layer.size)
        }
        return SourceImage(
            names: [], manifest: digest, manifestBytes: bytes, config: try Self.digest(manifest.config.digest),
            configSize: manifest.config.size, layers: layers)
    }

    private struct Shape: Decodable {
        struct Anything: Decodable {
            init(from decoder: any Decoder) throws {}
        }

        var schemaVersion: Int64
        var mediaType: String
        var manifests: Anything?
        var layers: Anything?
        var config: Anything?
        var fsLayers: Anything?
    }

    /// A document that can be read as an index and as a manifest shows one image to a scanner and another to the
    /// runtime (CVE-2021-41190).
    private func checkShape(_ bytes: [UInt8], subject: String, isIndex: Bool, mediaType: String = "") throws {
        let shape = try ImageDocument.decode(Shape.self, bytes, subject: subject)
        if shape.schemaVersion == 1 || shape.fsLayers != nil {
            throw ImageError(.unsupported, "\"\(subject)\": manifests of schema version 1 are not supported")
        }
        guard shape.schemaVersion == 2 else {
            throw ImageError(.invalid, "\"\(subject)\": schema version \(shape.schemaVersion), expected 2")
        }
        if shape.manifests != nil, shape.layers != nil || shape.config != nil {
            throw ImageError(.invalid, "\"\(subject)\" is ambiguous: it has manifests and layers")
        }
        if isIndex ? shape.manifests == nil && (shape.layers != nil || shape.config != nil) : shape.manifests != nil {
            throw ImageError(
                .invalid, "\"\(subject)\" is \(isIndex ? "a manifest, not an index" : "an index, not a manifest")")
        }
        if !mediaType.isEmpty, !shape.mediaType.isEmpty, shape.mediaType != mediaType {
            throw ImageError(
                .invalid, "\"\(subject)\" has media type \"\(shape.mediaType)\", its descriptor says \"\(mediaType)\"")
        }
    }

    /// containerd's annotation holds a full name; the standard one may hold only a tag, which names nothing by itself.
    private func names(of descriptor: OCIDescriptor) -> [ImageReference] {
        let full = descriptor.annotations["io.containerd.image.name"]
        let short = descriptor.annotations["org.opencontainers.image.ref.name"].flatMap {
            $0.contains("/") || $0.contains(":") ? $0 : nil
        }
        guard let text = full ?? short, let name = try? ImageReference(text) else { return [] }
        return [name]
    }

    static func digest(_ text: String) throws -> ContentDigest {
        guard let digest = ContentDigest(text) else {
            throw ImageError(
                .invalid, "invalid digest \"\(text.prefix(100))\": expected sha256: and 64 hexadecimal digits")
        }
        return digest
    }
}
