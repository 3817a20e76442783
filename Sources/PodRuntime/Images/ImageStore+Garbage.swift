import Glibc
import PodLinux
import PodModel

extension ImageStore {
    /// Deletes images that have no name, and blobs and layers that no image needs. Does nothing while another process
    /// loads or pulls: what it is about to name looks like garbage.
    ///
    /// - Parameter imageIDs: images that containers use; they stay without a name.
    /// - Returns: the bytes that this freed, about: those of blobs and of the files in layers; nil when nothing was done.
    @discardableResult
    package func collectGarbage(keeping imageIDs: Set<String>) throws -> Int64? {
        guard files.isPresent(files.manifests) else { return 0 }
        guard let lock = try StoreLock.exclusiveIfFree(files.directory + "/lock") else { return nil }
        defer { lock.release() }
        let freed = try removeGarbage(keeping: imageIDs)
        try markCleared()
        return freed
    }

    /// What a failed pull added, unless something leads to it by now. Does nothing while another process pulls or loads, and
    /// no harm when it fails: garbage is what it is then.
    func discard(_ added: [String]) {
        guard !added.isEmpty, let lock = try? StoreLock.exclusiveIfFree(files.directory + "/lock") else { return }
        defer { lock.release() }
        _ = try? removeGarbage(among: Set(added))
    }

    /// As ``collectGarbage(keeping:)``, for the holder of the exclusive lock.
    /// - Parameter among: paths of blobs and layers; nothing else is removed then.
    @discardableResult
    func removeGarbage(keeping imageIDs: Set<String> = [], among: Set<String>? = nil) throws -> Int64 {
        var manifests: Set<String> = []
        var blobs: Set<String> = []
        var layers: Set<String> = []
        for image in try images() where !image.names.isEmpty || imageIDs.contains(image.imageID) {
            guard let digest = ContentDigest(image.manifest) else { continue }
            let record = try record(of: digest)
            manifests.insert(digest.hex + ".json")
            blobs.insert(digest.hex)
            layers.formUnion(record.layers.map(\.id))
            for text in record.layers.map(\.blob) + [record.config] {
                ContentDigest(text).map { _ = blobs.insert($0.hex) }
            }
        }
        for entry in try NameCache.read(files).images { ContentDigest(entry.target).map { _ = blobs.insert($0.hex) } }
        let isDoomed = { (path: String) in among?.contains(path) ?? true }
        var freed: Int64 = 0
        // Records first: what they promise must not be gone before they are.
        for name in try Directory(files.manifests).names() where !manifests.contains(name) {
            let path = "\(files.manifests)/\(name)"
            if isDoomed(path) { try removeFile(path) }
        }
        for name in try Directory(files.blobs).names() where !blobs.contains(name) {
            let path = "\(files.blobs)/\(name)"
            if isDoomed(path) { freed += try removeFile(path) }
        }
        for name in try Directory(files.layers).names() {
            let id = name.hasSuffix(".json") ? String(name.dropLast(5)) : name
            if layers.contains(id) || !isDoomed(files.layer(id)) { continue }
            if name == id {
                freed += (try? layerRecord(id).bytes) ?? 0
                try discard(layer: id)
            }
        }
        // A layer's record goes after its layer, which it describes until then.
        for name in try Directory(files.layers).names() where name.hasSuffix(".json") {
            let id = String(name.dropLast(5))
            if !layers.contains(id), !files.isPresent(files.layer(id)) { try removeFile("\(files.layers)/\(name)") }
        }
        for name in try Directory(files.locks).names() { try removeFile("\(files.locks)/\(name)") }
        try cleanStaging()
        return freed
    }

    private func layerRecord(_ id: String) throws -> LayerRecord {
        let path = files.layerRecord(id)
        return try ImageDocument.decode(
            LayerRecord.self, ImageDocument.read(path, subject: path, limits: limits), subject: path)
    }

    /// Everything in staging; only for the holder of the exclusive lock.
    func cleanStaging() throws {
        for name in try Directory(files.staging).names() { try TreeRemoval.remove("\(files.staging)/\(name)") }
    }

    /// A layer loses its name at once and its files afterwards, so that half of one is never seen.
    func discard(layer id: String) throws {
        let doomed = "\(files.staging)/removed.\(id)"
        try check("rename", id) { rename(files.layer(id), doomed) }
        try TreeRemoval.remove(doomed)
    }

    /// - Returns: the file's size.
    @discardableResult
    func removeFile(_ path: String) throws -> Int64 {
        var status = stat()
        let size = lstat(path, &status) == 0 ? Int64(status.st_size) : 0
        try check("remove", path, unless: ENOENT) { unlink(path) }
        return size
    }
}
