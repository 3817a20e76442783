import CShim
import PodLinux
import PodModel

extension ImageStore {
    /// Brings an image into the store that is made here, of one static program and nothing else. One that is there already
    /// is left alone.
    ///
    /// - Parameter path: where the program is in the image, without the `/` before it.
    package func load(program: [UInt8], at path: String, named name: ImageReference) throws {
        let image = try ProgramImage(program, at: path, name: name)
        if try resolve(name)?.imageID == image.id { return }
        let archive = Descriptor(
            try check("make memfd", "\(name)") {
                podrun_sealed_memfd("podrun-image", image.archive, image.archive.count)
            })
        try load(path: "/proc/self/fd/\(archive.raw)")
    }
}

/// An image of one program as an OCI archive.
private struct ProgramImage {
    /// Digest of the configuration.
    let id: String
    let archive: [UInt8]

    init(_ program: [UInt8], at path: String, name: ImageReference) throws {
        let layer = try Self.tar { try $0.file(path, program, mode: 0o755) }
        let platform = HostPlatform.current
        var config = OCIImageConfig()
        config.os = platform.os
        config.architecture = platform.architecture
        config.config.entrypoint = ["/" + path]
        config.rootfs.type = "layers"
        config.rootfs.diffIDs = [ContentDigest.of(layer).description]
        let configBytes = try JSON.encode(config)
        var manifest = OCIManifest()
        manifest.schemaVersion = 2
        manifest.mediaType = Self.mediaType("manifest.v1+json")
        manifest.config = Self.descriptor(configBytes, "config.v1+json")
        manifest.layers = [Self.descriptor(layer, "layer.v1.tar")]
        let manifestBytes = try JSON.encode(manifest)
        var index = OCIIndex()
        index.schemaVersion = 2
        index.mediaType = Self.mediaType("index.v1+json")
        var entry = Self.descriptor(manifestBytes, "manifest.v1+json")
        entry.annotations = ["io.containerd.image.name": name.description]
        index.manifests = [entry]
        id = ContentDigest.of(configBytes).description
        archive = try Self.tar { tar in
            try tar.file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
            try tar.file("index.json", JSON.encode(index))
            for blob in [manifestBytes, configBytes, layer] {
                try tar.file("blobs/sha256/\(ContentDigest.of(blob).hex)", blob)
            }
        }
    }

    private static func tar(_ add: (TarWriter) throws -> Void) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let tar = TarWriter { bytes += $0 }
        try add(tar)
        try tar.finish()
        return bytes
    }

    private static func descriptor(_ bytes: [UInt8], _ type: String) -> OCIDescriptor {
        var descriptor = OCIDescriptor()
        descriptor.mediaType = mediaType(type)
        descriptor.digest = ContentDigest.of(bytes).description
        descriptor.size = Int64(bytes.count)
        return descriptor
    }

    private static func mediaType(_ type: String) -> String { "application/vnd.oci.image.\(type)" }
}
