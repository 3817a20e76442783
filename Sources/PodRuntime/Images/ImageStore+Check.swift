import PodLinux
import PodModel

/// What is wrong with a store as such; whether bytes are what they were is ``ImageVerification``'s to say.
package enum ImageStoreDefect: Equatable {
    /// Left in staging by a process that was killed while it loaded or pulled.
    case staging(String)
    /// An unpacked layer that nothing says is complete, or the record of one that has none; used by no image.
    case halfLayer(String)
    /// An image with a layer that is missing or not complete.
    case image(String, layer: String)
    /// An image whose record can't be read.
    case record(String, String)
}

extension ImageStore {
    /// Tells nothing of what another process is just making.
    package func defects() throws -> [ImageStoreDefect] {
        guard files.isPresent(files.layers) else { return [] }
        let lock = try StoreLock.exclusiveIfFree(files.directory + "/lock")
        defer { lock?.release() }
        return try defects(isAlone: lock != nil)
    }

    private func defects(isAlone: Bool) throws -> [ImageStoreDefect] {
        var defects: [ImageStoreDefect] = []
        var used: Set<String> = []
        let names = Set(try Directory(files.layers).names())
        for image in try images() {
            let name = image.names.first?.familiar ?? image.manifest
            guard let digest = ContentDigest(image.manifest) else { continue }
            do {
                for layer in try record(of: digest).layers {
                    used.insert(layer.id)
                    guard !names.contains(layer.id) || !names.contains(layer.id + ".json") else { continue }
                    defects.append(.image(name, layer: layer.id))
                }
            } catch {
                defects.append(.record(name, "\(error)"))
            }
        }
        // Without all records nobody knows what is used.
        guard isAlone, !defects.contains(where: { if case .record = $0 { true } else { false } }) else {
            return defects
        }
        let ids = Set(names.map { $0.hasSuffix(".json") ? String($0.dropLast(5)) : $0 }).subtracting(used).sorted()
        return defects
            + ids.filter { !names.contains($0) || !names.contains($0 + ".json") }.map(ImageStoreDefect.halfLayer)
            + (try Directory(files.staging).names()).sorted().map(ImageStoreDefect.staging)
    }

    /// Removes what no image needs.
    ///
    /// - Throws: when another process brings images meanwhile.
    package func remove(_ defect: ImageStoreDefect) throws {
        guard let lock = try StoreLock.exclusiveIfFree(files.directory + "/lock") else {
            throw ImageError(.host, "images are being loaded or pulled: try again when that is done")
        }
        defer { lock.release() }
        switch defect {
        case .staging(let name): try TreeRemoval.remove("\(files.staging)/\(name)")
        case .halfLayer(let id):
            guard try defects(isAlone: true).contains(defect) else { return }
            if files.isPresent(files.layer(id)) { try discard(layer: id) }
            try removeFile(files.layerRecord(id))
        case .image, .record: break
        }
    }
}
