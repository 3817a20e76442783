import Glibc
import PodLinux

extension ImageStore {
    /// Deletes blobs, layers and records that no name leads to. Does nothing while another process loads: what it is
    /// about to name looks like garbage.
    func collectGarbage(keeping layersInUse: Set<String>) throws {
        guard let lock = try StoreLock.exclusiveIfFree(files.directory + "/lock") else { return }
        defer { lock.release() }
        var manifests: Set<String> = []
        var blobs: Set<String> = []
        var layers = layersInUse
        for entry in try NameCache.read(files).images {
            let digest = try Self.digest(entry, files)
            let record = try record(of: digest)
            manifests.insert(digest.hex + ".json")
            blobs.insert(digest.hex)
            layers.formUnion(record.layers.map(\.id))
            for text in record.layers.map(\.blob) + [record.config] {
                ContentDigest(text).map { _ = blobs.insert($0.hex) }
            }
        }
        // Records first: what they promise must not be gone before they are.
        for name in try Directory(files.manifests).names() where !manifests.contains(name) {
            try removeFile("\(files.manifests)/\(name)")
        }
        for name in try Directory(files.blobs).names() where !blobs.contains(name) {
            try removeFile("\(files.blobs)/\(name)")
        }
        for name in try Directory(files.layers).names() {
            let id = name.hasSuffix(".json") ? String(name.dropLast(5)) : name
            if layers.contains(id) { continue }
            if name == id { try discard(layer: id) } else { try removeFile("\(files.layers)/\(name)") }
        }
        for name in try Directory(files.locks).names() { try removeFile("\(files.locks)/\(name)") }
        try cleanStaging()
    }

    /// Everything in staging; only for the holder of the exclusive lock.
    func cleanStaging() throws {
        for name in try Directory(files.staging).names() { try TreeRemoval.remove("\(files.staging)/\(name)") }
    }

    /// A layer loses its name at once and its files afterwards, so that half of one is never seen.
    private func discard(layer id: String) throws {
        let doomed = "\(files.staging)/removed.\(id)"
        try check("rename", id) { rename(files.layer(id), doomed) }
        try TreeRemoval.remove(doomed)
    }

    private func removeFile(_ path: String) throws {
        try check("remove", path, unless: ENOENT) { unlink(path) }
    }
}
