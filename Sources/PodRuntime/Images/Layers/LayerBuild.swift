import Glibc
import PodLinux
import PodModel

/// The layers of one image, bottom to top: those the store has are used, the others are unpacked in staging under their
/// lock, so that of several loaders one unpacks and the others wait for it.
final class LayerBuild {
    let files: StoreFiles
    let limits: ImageLimits
    let staging: Staging
    private(set) var layers: [ImageRecord.Layer] = []
    /// Logical bytes of all layers' files.
    private(set) var bytes: Int64 = 0
    private var chain = LayerChain()
    /// Root directories, topmost first.
    private var roots: [DescriptorBox] = []
    private var unpacked: [(id: String, path: String, record: LayerRecord)] = []
    /// Locks are taken in the order of the chain: two images have a common beginning or nothing in common, so no two
    /// loaders wait for each other.
    private var locks: [StoreLock] = []

    init(files: StoreFiles, limits: ImageLimits, staging: Staging) {
        self.files = files
        self.limits = limits
        self.staging = staging
    }

    /// Adds the next layer from its verified blob at `path`.
    func add(blob: ContentDigest, path: String, diffID: ContentDigest, progress: @escaping (Int64) -> Void) throws {
        chain.append(diffID)
        guard let chainID = chain.chainID else { return }
        let id = chain.id
        if !files.isPresent(files.layer(id)) {
            let lock = try StoreLock.exclusive("\(files.locks)/\(id)")
            if !files.isPresent(files.layer(id)) {
                locks.append(lock)
                try unpack(id, path, diffID, chainID, progress)
            } else {
                lock.release()
            }
        }
        if unpacked.last?.id != id { try use(id, chainID) }
        layers.append(ImageRecord.Layer(id: id, blob: blob.description, diffID: diffID.description))
    }

    private func use(_ id: String, _ chainID: ContentDigest) throws {
        let path = files.layerRecord(id)
        let record = try ImageDocument.decode(
            LayerRecord.self, ImageDocument.read(path, subject: path, limits: limits), subject: path)
        guard record.chainID == chainID.description else {
            throw ImageError(.host, "layer \(chainID) has the same name as layer \(record.chainID)")
        }
        bytes += record.bytes
        roots.insert(DescriptorBox(try Descriptor.open(files.layer(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)), at: 0)
    }

    private func unpack(
        _ id: String, _ path: String, _ diffID: ContentDigest, _ chainID: ContentDigest,
        _ progress: @escaping (Int64) -> Void
    ) throws {
        let target = staging.name()
        try Directory.make(target, mode: 0o700)
        let root = try Descriptor.open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let kept = DescriptorBox(try root.duplicate())
        var unpacker = try LayerUnpacker(into: root, above: LayerStack(roots), limits: limits, progress: progress)
        let result = try unpacker.unpack(FileBlocks(RegularFile.open(path, subject: path), subject: path))
        if result.diffID != diffID {
            throw ImageError(.invalid, "its plain tar has digest \(result.diffID), the config says \(diffID)")
        }
        bytes += result.bytes
        let record = LayerRecord(
            chainID: chainID.description, diffID: diffID.description, entries: result.entries, bytes: result.bytes)
        unpacked.append((id, target, record))
        roots.insert(kept, at: 0)
    }

    /// Gives the unpacked layers, which are on disk by now, their names, and lets their locks go.
    func commit() throws {
        for layer in unpacked {
            try AtomicFile.write(files.layerRecord(layer.id), JSON.encode(layer.record), durable: true)
            try check("rename", layer.path) { rename(layer.path, files.layer(layer.id)) }
        }
        unpacked = []
        for lock in locks { lock.release() }
        locks = []
    }
}
