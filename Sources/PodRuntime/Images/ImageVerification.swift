import Glibc
import PodLinux
import PodModel

/// Checks images of a store: blobs against their digests, unpacked layers against what their blobs unpack to. What
/// several images share is checked once.
package final class ImageVerification {
    private let store: ImageStore
    private let lock: StoreLock
    private let staging: Staging
    /// What is wrong with a blob or layer, by digest or name; nil inside = nothing.
    private var findings: [String: String?] = [:]

    package init(_ store: ImageStore) throws {
        self.store = store
        try store.files.make()
        lock = try StoreLock.shared(store.files.directory + "/lock")
        staging = try Staging(in: store.files.staging, limits: store.limits)
    }

    /// - Returns: what is damaged, one line each; empty = the image is whole.
    package func damages(of image: StoredImage) throws -> [String] {
        guard let manifest = ContentDigest(image.manifest) else { return ["bad manifest digest \"\(image.manifest)\""] }
        let record: ImageRecord
        do {
            record = try store.record(of: manifest)
        } catch let error as ImageError {
            return [error.description]
        }
        var found: [String] = []
        for text in [image.manifest, record.config] + record.layers.map(\.blob) {
            if let damage = try blobDamage(text), !found.contains(damage) { found.append(damage) }
        }
        let isConfigWhole = try blobDamage(record.config) == nil
        if isConfigWhole, let damage = try configDamage(record) { found.append(damage) }
        var roots: [DescriptorBox] = []
        for layer in record.layers {
            // Compared with nothing when its blob is damaged: that is said already.
            if try blobDamage(layer.blob) == nil, let damage = try layerDamage(layer, above: roots) {
                found.append(damage)
            }
            guard store.files.isPresent(store.files.layer(layer.id)) else { return found }
            let root = try Descriptor.open(store.files.layer(layer.id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            roots.insert(DescriptorBox(root), at: 0)
        }
        return found
    }

    private func remembered(_ key: String, _ find: () throws -> String?) rethrows -> String? {
        if let known = findings[key] { return known }
        let finding = try find()
        findings[key] = .some(finding)
        return finding
    }

    private func blobDamage(_ text: String) throws -> String? {
        try remembered(text) {
            guard let digest = ContentDigest(text) else { return "bad digest \"\(text)\" in the image's record" }
            let path = store.files.blob(digest)
            guard store.files.isPresent(path) else { return "blob \(digest) is missing" }
            let found = try FileBlocks(RegularFile.open(path, subject: path), subject: path).digest()
            return found == digest ? nil : "blob \(digest) is damaged: its bytes have digest \(found)"
        }
    }

    private func configDamage(_ record: ImageRecord) throws -> String? {
        guard let digest = ContentDigest(record.config) else { return nil }
        let path = store.files.blob(digest)
        let config = try ImageDocument.decode(
            OCIImageConfig.self, ImageDocument.read(path, subject: path, limits: store.limits), subject: path)
        return config.rootfs.diffIDs == record.layers.map(\.diffID)
            ? nil : "the image's record has other layers than its config \(digest)"
    }

    private func layerDamage(_ layer: ImageRecord.Layer, above roots: [DescriptorBox]) throws -> String? {
        try remembered("layer \(layer.id)") {
            guard let blob = ContentDigest(layer.blob) else { return nil }
            guard store.files.isPresent(store.files.layer(layer.id)) else { return "layer \(layer.id) is missing" }
            let target = staging.name()
            let unpacked = UnpackedLayer(directory: target)
            try unpacked.make()
            defer { try? TreeRemoval.remove(target) }
            let path = store.files.blob(blob)
            var unpacker = try LayerUnpacker(
                into: unpacked.openRoot(), journal: unpacked.makeJournal(), limits: store.limits)
            let result = try unpacker.unpack(FileBlocks(RegularFile.open(path, subject: path), subject: path))
            try unpacked.mend(above: LayerStack(roots))
            if result.diffID.description != layer.diffID {
                return "layer \(layer.id): its plain tar has digest \(result.diffID), the config says \(layer.diffID)"
            }
            let difference = try TreeComparison.difference(
                of: store.files.layer(layer.id), from: unpacked.root)
            return difference.map { "layer \(layer.id) is damaged: \($0)" }
        }
    }
}
