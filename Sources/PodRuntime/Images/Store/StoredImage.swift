import Glibc
import PodLinux
import PodModel

/// An image of the store, whether it still has a name or not: one that another took the name of stays until it is
/// collected, because containers may run from it.
package struct StoredImage: Sendable, Equatable {
    /// `sha256:<64 hex digits>` of the manifest.
    package var manifest: String
    /// Sorted; empty = dangling.
    package var names: [ImageReference]
    /// `sha256:<64 hex digits>` of the configuration; empty when the image's record is damaged.
    package var imageID: String
    /// Digests of the layers' blobs, bottom to top, as often as the image has them.
    package var layers: [String]
    /// nil when the image doesn't say.
    package var created: Timestamp?
    /// Bytes of the unpacked files. Layers shared with other images count here too.
    package var size: Int64

    package init(
        manifest: String, names: [ImageReference], imageID: String, layers: [String], created: Timestamp?, size: Int64
    ) {
        self.manifest = manifest
        self.names = names
        self.imageID = imageID
        self.layers = layers
        self.created = created
        self.size = size
    }
}

extension ImageStore {
    /// Every complete image, sorted by name, dangling ones last.
    package func images() throws -> [StoredImage] {
        guard files.isPresent(files.manifests) else { return [] }
        var names: [String: [ImageReference]] = [:]
        for entry in try NameCache.read(files).images {
            guard let name = try? ImageReference(entry.name) else {
                throw ImageError(.host, "\"\(files.index)\" is damaged: bad name \"\(entry.name)\"")
            }
            names[entry.manifest, default: []].append(name)
        }
        let recorded = try Directory(files.manifests).names().filter { $0.hasSuffix(".json") }
            .compactMap { ContentDigest(hex: String($0.dropLast(5)))?.description }
        let images = Set(recorded).union(names.keys).compactMap { manifest -> StoredImage? in
            let names = (names[manifest] ?? []).sorted { $0.description < $1.description }
            // With a damaged record a name is still there to be removed; without a name it is only rubbish.
            let record = ContentDigest(manifest).flatMap { try? self.record(of: $0) }
            if record == nil, names.isEmpty { return nil }
            return StoredImage(
                manifest: manifest, names: names, imageID: record?.config ?? "",
                layers: record?.layers.map(\.blob) ?? [], created: record.flatMap { Timestamp($0.created) },
                size: record?.size ?? 0)
        }
        return images.sorted { order($0) < order($1) }
    }

    private func order(_ image: StoredImage) -> (Int, String, String) {
        (image.names.isEmpty ? 1 : 0, image.names.first?.description ?? "", image.manifest)
    }

    /// The image that people mean by a name, by `name@digest`, or by the beginning of its ID.
    ///
    /// - Throws: ``ImageError`` `missing`, also when several IDs begin so.
    package func image(_ text: String) throws -> StoredImage {
        let images = try images()
        if let reference = try? ImageReference(text), let image = try storedImage(reference, of: images) {
            return image
        }
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        let found = digits.utf8.count < 4 ? [] : images.filter { $0.imageID.dropFirst(7).hasPrefix(digits) }
        if Set(found.map(\.imageID)).count > 1 {
            throw ImageError(.missing, "image \"\(text)\" is ambiguous: \(found.count) image IDs begin so")
        }
        guard let image = found.first else { throw ImageError(.missing, "image \"\(text)\" not found") }
        return image
    }

    /// How an image wants to be run, as its maker wrote it.
    package func configuration(of image: StoredImage) throws -> OCIImageConfig {
        guard let digest = ContentDigest(image.imageID) else {
            throw ImageError(.host, "bad config digest \"\(image.imageID)\"")
        }
        let path = files.blob(digest)
        return try ImageDocument.decode(
            OCIImageConfig.self, ImageDocument.read(path, subject: path, limits: limits), subject: path)
    }

    /// What there is to see of an image with this name; nil when the store doesn't have it.
    package func storedImage(_ reference: ImageReference) throws -> StoredImage? {
        try storedImage(reference, of: images())
    }

    /// A digest may also be that of an index that led to the image: what resolves, resolves here.
    private func storedImage(_ reference: ImageReference, of images: [StoredImage]) throws -> StoredImage? {
        if let image = images.first(where: { $0.names.contains(reference) }) { return image }
        guard !reference.digest.isEmpty, let imageID = try resolve(reference)?.imageID else { return nil }
        return images.first { $0.imageID == imageID }
    }
}
