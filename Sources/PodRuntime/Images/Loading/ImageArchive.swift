import Glibc
import PodLinux
import PodModel

/// An OCI archive or a docker-archive (`docker save`), plain or compressed: its files are first copied into the staging
/// directory and hashed, so that names inside the archive are only ever keys of a dictionary.
final class ImageArchive: ImageSource {
    private let staging: Staging
    private let limits: ImageLimits
    /// Files by name, and links (docker-archives share layers by them) by name.
    private var files: [String: Staging.Blob] = [:]
    private var links: [String: String] = [:]
    private var byDigest: [ContentDigest: Staging.Blob] = [:]

    init(
        _ file: consuming Descriptor, subject: String, staging: Staging, limits: ImageLimits,
        progress: @escaping (Int64) -> Void
    ) throws {
        self.staging = staging
        self.limits = limits
        let plain = try DecompressedBlocks(
            FileBlocks(file, subject: subject), limit: limits.blobBytes,
            window: WindowRule(limit: limits.windowBytes))
        let (reader, first) = try Self.open(plain, limits)
        var next: TarEntry? = first
        while let entry = next {
            let name = entry.path.text
            if files.count + links.count >= limits.archiveMembers {
                throw ImageError(.invalid, "more than \(limits.archiveMembers) files in the archive")
            }
            switch entry.kind {
            case .file:
                if files[name] != nil { throw ImageError(.invalid, "the archive has two files named \"\(name)\"") }
                let blob = try staging.copy(
                    { body in try reader.readData { block, _ in try body(block) } }, progress: progress)
                files[name] = blob
                byDigest[blob.digest] = blob
            case .symbolicLink(let target):
                links[name] = Self.join(EntryPath.text(entry.path.parent), EntryPath.text(target))
            case .hardLink(let target): links[name] = target.text
            case .directory: break
            default: throw ImageError(.invalid, "\"\(name)\" in the archive is not a regular file")
            }
            next = try reader.next()
        }
    }

    private static func open(_ plain: DecompressedBlocks, _ limits: ImageLimits) throws -> (TarReader, TarEntry) {
        do {
            let reader = try TarReader(plain, limits: limits)
            guard let first = try reader.next() else { throw ImageError(.invalid, "it is empty") }
            return (reader, first)
        } catch let error as ImageError {
            throw error.during("not a tar archive")
        }
    }

    func images() throws -> [SourceImage] {
        if files["index.json"] != nil, files["oci-layout"] != nil {
            return try IndexWalk(limits: limits, document: { try self.document($0, size: $1) }).images(
                in: document("index.json"))
        }
        guard files["manifest.json"] != nil else {
            throw ImageError(
                .invalid,
                "neither an OCI archive (no oci-layout and index.json) nor a docker-archive (no manifest.json)")
        }
        return try dockerImages()
    }

    func blob(_ digest: ContentDigest, size: Int64) throws -> Staging.Blob {
        guard let blob = byDigest[digest] else {
            if let other = files["blobs/sha256/\(digest.hex)"] {
                throw ImageError(.invalid, "blob \(digest) has digest \(other.digest)")
            }
            throw ImageError(.invalid, "blob \(digest) is missing")
        }
        try BlobCheck.check(blob.digest, size: blob.size, expected: digest, size: size)
        return blob
    }

    private func document(_ digest: ContentDigest, size: Int64) throws -> [UInt8] {
        try ImageDocument.read(blob(digest, size: size).path, subject: "blobs/sha256/\(digest.hex)", limits: limits)
    }

    private func document(_ name: String) throws -> [UInt8] {
        try ImageDocument.read(member(name).path, subject: name, limits: limits)
    }

    private func member(_ name: String) throws -> Staging.Blob {
        var current = Self.join("", name)
        for _ in 0..<8 {
            if let file = files[current] { return file }
            guard let next = links[current] else { break }
            current = next
        }
        throw ImageError(.invalid, "\"\(name)\" is missing in the archive")
    }

    // MARK: docker-archive

    private struct DockerImage: Decodable {
        var config: String
        var repoTags: [String]
        var layers: [String]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case repoTags = "RepoTags"
            case layers = "Layers"
        }
    }

    private func dockerImages() throws -> [SourceImage] {
        let listed = try ImageDocument.decode([DockerImage].self, document("manifest.json"), subject: "manifest.json")
        return try listed.map { image in
            if image.layers.count > limits.layers {
                throw ImageError(.unsupported, "\(image.layers.count) layers, at most \(limits.layers) are supported")
            }
            let config = try member(image.config)
            let layers = try image.layers.map(member)
            let names = try image.repoTags.map { tag in
                do {
                    return try ImageReference(tag)
                } catch {
                    throw ImageError(.invalid, "invalid name \"\(tag)\" in the archive: \(error)")
                }
            }
            let bytes = try JSON.encode(Self.manifest(config, layers))
            return SourceImage(
                names: names, manifest: ContentDigest.of(bytes), manifestBytes: bytes, config: config.digest,
                configSize: config.size, layers: layers.map { ($0.digest, $0.size) })
        }
    }

    /// A docker-archive has no manifest in the registry's sense; the image gets one, so that it can be saved and
    /// pushed.
    private static func manifest(_ config: Staging.Blob, _ layers: [Staging.Blob]) -> OCIManifest {
        func descriptor(_ type: String, _ blob: Staging.Blob) -> OCIDescriptor {
            var descriptor = OCIDescriptor()
            descriptor.mediaType = "application/vnd.oci.image.\(type)"
            descriptor.digest = blob.digest.description
            descriptor.size = blob.size
            return descriptor
        }
        var manifest = OCIManifest()
        manifest.schemaVersion = 2
        manifest.mediaType = "application/vnd.oci.image.manifest.v1+json"
        manifest.config = descriptor("config.v1+json", config)
        manifest.layers = layers.map { descriptor("layer.v1.tar", $0) }
        return manifest
    }

    /// `target` seen from `directory`, as text: both only ever look up a key.
    private static func join(_ directory: String, _ target: String) -> String {
        var parts = target.hasPrefix("/") ? [] : directory.split(separator: "/")
        for part in target.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
