import Glibc
import PodLinux
import PodModel
import PodPlanning

/// The images of this host. Any number of processes may use one store at once: commands that load and remove, agents
/// that resolve. Reading takes no lock, because what has a name is complete and never changes.
package final class ImageStore {
    let files: StoreFiles
    let limits: ImageLimits
    private var names = NameCache()
    private var facts: [ContentDigest: ImageFacts] = [:]

    /// `directory` is made when something is loaded; reading a store that isn't there finds nothing.
    package init(directory: String, limits: ImageLimits = ImageLimits()) {
        files = StoreFiles(directory: directory)
        self.limits = limits
    }

    // MARK: Reading

    /// What a pod needs to know of an image; nil when the store doesn't have it.
    ///
    /// Costs one stat when nothing changed since the last call. By digest, any name of the repository will do.
    /// - Throws: ``ImageError`` when the store's own files are damaged.
    package func resolve(_ reference: ImageReference) throws -> ImageFacts? {
        let index = try names.entries(of: files)
        let entry: ImageIndex.Entry?
        if reference.digest.isEmpty {
            entry = index[reference.description]
        } else {
            entry = index.values.first {
                [$0.manifest, $0.target].contains(reference.digest)
                    && (try? ImageReference($0.name).name) == reference.name
            }
        }
        guard let entry else { return nil }
        var found = try self.facts(of: try Self.digest(entry, files))
        found.reference = reference.description
        return found
    }

    /// Whether the name was given by ``load(path:name:progress:)``: no registry knows more of it.
    package func wasLoaded(_ reference: ImageReference) throws -> Bool {
        try names.entries(of: files)[reference.description]?.loadedFrom.isEmpty == false
    }

    /// All images, sorted by name.
    package func list() throws -> [ImageSummary] {
        try names.entries(of: files).values.sorted { $0.name < $1.name }.map { entry in
            let reference: ImageReference
            do {
                reference = try ImageReference(entry.name)
            } catch {
                throw ImageError(.host, "\"\(files.index)\" is damaged: \"\(entry.name)\": \(error)")
            }
            let record = try record(of: Self.digest(entry, files))
            return ImageSummary(
                repository: reference.familiarName, tag: reference.tag, imageID: record.config,
                created: Timestamp(record.created), size: record.size, digests: [entry.manifest])
        }
    }

    private func facts(of manifest: ContentDigest) throws -> ImageFacts {
        if let known = facts[manifest] { return known }
        let record = try record(of: manifest)
        guard let config = ContentDigest(record.config) else {
            throw ImageError(.host, "\"\(files.record(of: manifest))\" is damaged: bad config digest")
        }
        let path = files.blob(config)
        let bytes = try ImageDocument.read(path, subject: path, limits: limits)
        if ContentDigest.of(bytes) != config { throw ImageError(.host, "\"\(path)\" is damaged: load the image again") }
        var facts = ImageFacts(
            reference: "", imageID: record.config,
            config: try ImageDocument.decode(OCIImageConfig.self, bytes, subject: path), layers: record.layers.map(\.id)
        )
        var roots: [DescriptorBox] = []
        for layer in record.layers.reversed() {
            roots.append(DescriptorBox(try Descriptor.open(files.layer(layer.id), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)))
        }
        if let stack = LayerStack(roots) {
            facts.passwd = try userDatabase("etc/passwd", in: stack)
            facts.group = try userDatabase("etc/group", in: stack)
        }
        // Real ones have a few kilobytes; a hostile one is read again each time rather than kept in the agent's memory.
        if (facts.passwd?.utf8.count ?? 0) + (facts.group?.utf8.count ?? 0) <= 128 << 10 {
            self.facts[manifest] = facts
        }
        return facts
    }

    /// 10 MiB is containerd's cap (CVE-2026-47262); what is longer, or no regular file, counts as absent.
    private func userDatabase(_ path: String, in stack: LayerStack) throws -> String? {
        try stack.file(path, limit: 10 << 20).map { String(decoding: $0, as: UTF8.self) }
    }

    func record(of manifest: ContentDigest) throws -> ImageRecord {
        let path = files.record(of: manifest)
        let record = try ImageDocument.decode(
            ImageRecord.self, ImageDocument.read(path, subject: path, limits: limits), subject: path)
        // An empty file reads as an image without layers, and its layers would be collected as nobody's.
        guard record.version == 1, ContentDigest(record.config) != nil, !record.layers.isEmpty else {
            throw ImageError(.host, "\"\(path)\" is damaged: remove the image and pull or load it again")
        }
        return record
    }

    static func digest(_ entry: ImageIndex.Entry, _ files: StoreFiles) throws -> ContentDigest {
        guard let digest = ContentDigest(entry.manifest) else {
            throw ImageError(.host, "\"\(files.index)\" is damaged: bad digest of \"\(entry.name)\"")
        }
        return digest
    }

    // MARK: Changing

    /// Takes names away. What they named stays until ``collectGarbage(keeping:)``: the caller asks in between who uses it,
    /// so that nobody can begin to use what is then deleted.
    /// - Throws: ``ImageError`` `missing` when there is no such name; none is taken away then.
    package func removeNames(_ references: [ImageReference]) throws {
        let removed = Set(references.map(\.description))
        let entries = try names.entries(of: files)
        if let name = references.map(\.description).first(where: { entries[$0] == nil }) {
            throw ImageError(.missing, "image \"\(name)\" not found")
        }
        if removed.isEmpty { return }
        try changeIndex { index in index.images.removeAll { removed.contains($0.name) } }
    }

    /// Rewrites the index under its lock.
    func changeIndex(_ change: (inout ImageIndex) throws -> Void) throws {
        let lock = try StoreLock.exclusive(files.directory + "/index.lock")
        defer { lock.release() }
        var index = try NameCache.read(files)
        try change(&index)
        index.images.sort { $0.name < $1.name }
        try AtomicFile.write(files.index, JSON.encode(index), durable: true)
        names = NameCache()
    }
}

/// The index as last read, valid while the file is the same one.
struct NameCache {
    private var entries: [String: ImageIndex.Entry] = [:]
    private var stamp: (inode: ino_t, seconds: Int, nanoseconds: Int, size: off_t)?

    mutating func entries(of files: StoreFiles) throws -> [String: ImageIndex.Entry] {
        var status = stat()
        guard try check("stat", files.index, unless: ENOENT, body: { stat(files.index, &status) }) != nil else {
            self = NameCache()
            return [:]
        }
        let now = (status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size)
        if let stamp, stamp == now { return entries }
        let index = try Self.read(files)
        entries = Dictionary(index.images.map { ($0.name, $0) }) { _, last in last }
        stamp = now
        return entries
    }

    static func read(_ files: StoreFiles) throws -> ImageIndex {
        guard files.isPresent(files.index) else { return ImageIndex() }
        let bytes = try ImageDocument.read(files.index, subject: files.index, limits: ImageLimits())
        var index = try ImageDocument.decode(ImageIndex.self, bytes, subject: files.index)
        guard index.version == 1 else {
            throw ImageError(.host, "\"\(files.index)\" has version \(index.version), this podrun knows 1")
        }
        // What was not flushed before a power cut may be incomplete.
        let boot = try BootID.current()
        index.images.removeAll { !$0.unflushed.isEmpty && $0.unflushed != boot }
        return index
    }
}
