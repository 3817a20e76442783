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
            defer { lock.release() }
            if !files.isPresent(files.layer(id)) { try unpack(path, diffID, chainID, progress) }
        }
        let layer = try StoredLayer(id, chainID: chainID, files, limits)
        bytes += layer.record.bytes
        roots.insert(layer.root, at: 0)
        layers.append(ImageRecord.Layer(id: id, blob: blob.description, diffID: diffID.description))
    }

    private func unpack(
        _ path: String, _ diffID: ContentDigest, _ chainID: ContentDigest, _ progress: @escaping (Int64) -> Void
    ) throws {
        let unpacked = UnpackedLayer(directory: staging.name())
        try unpacked.make()
        var unpacker = try LayerUnpacker(
            into: unpacked.openRoot(), journal: unpacked.makeJournal(), limits: limits, progress: progress)
        let result = try unpacker.unpack(FileBlocks(RegularFile.open(path, subject: path), subject: path))
        if result.diffID != diffID {
            throw ImageError(.invalid, "its plain tar has digest \(result.diffID), the config says \(diffID)")
        }
        let record = LayerRecord(
            chainID: chainID.description, diffID: diffID.description, entries: result.entries, bytes: result.bytes)
        try unpacked.commit(as: chain.id, record, above: LayerStack(roots), files)
    }
}

/// A layer in staging: a directory with its tree, the journal of its directories, and perhaps its blob.
struct UnpackedLayer {
    let directory: String
    var root: String { directory + "/root" }
    var blob: String { directory + "/blob" }
    var journal: String { directory + "/directories" }

    /// Makes the directory and an empty tree in it.
    func make() throws {
        try Directory.make(directory, mode: 0o700)
        try Directory.make(root, mode: 0o700)
    }

    func openRoot() throws -> Descriptor { try Descriptor.open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) }

    func makeJournal() throws -> DirectoryJournal {
        DirectoryJournal(try Descriptor.open(journal, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600))
    }

    /// Does what only the layers below can say.
    func mend(above lower: LayerStack?) throws {
        let mending = LayerMending(root: try openRoot(), lower: lower)
        try mending.apply(DirectoryJournal(RegularFile.open(journal, subject: journal)))
    }

    /// Mends the tree and gives it its name in the store; the caller holds the layer's lock, and the layers below have
    /// their names. Not flushed.
    func commit(as id: String, _ record: LayerRecord, above lower: LayerStack?, _ files: StoreFiles) throws {
        try mend(above: lower)
        try AtomicFile.write(files.layerRecord(id), JSON.encode(record), durable: false)
        try check("rename", root) { rename(root, files.layer(id)) }
    }
}

/// A layer that has its name in the store.
struct StoredLayer {
    let record: LayerRecord
    let root: DescriptorBox

    /// - Throws: ``ImageError`` when the name is another layer's, or the record is damaged.
    init(_ id: String, chainID: ContentDigest, _ files: StoreFiles, _ limits: ImageLimits) throws {
        let path = files.layerRecord(id)
        record = try ImageDocument.decode(
            LayerRecord.self, ImageDocument.read(path, subject: path, limits: limits), subject: path)
        guard record.chainID == chainID.description else {
            throw ImageError(.host, "layer \(chainID) has the same name as layer \(record.chainID)")
        }
        root = DescriptorBox(try Descriptor.open(files.layer(id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    }
}
