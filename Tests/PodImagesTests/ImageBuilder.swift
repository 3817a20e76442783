import PodLinux
import PodModel

@testable import PodImages

/// Makes image layouts and archives out of layer tars, byte by byte.
struct ImageBuilder {
    var layers: [[UInt8]] = []
    var names: [String] = ["example.com/app:1"]
    var annotation = "io.containerd.image.name"
    var diffIDs: [String]?
    var architecture = HostPlatform.current.architecture
    var layerType = "application/vnd.oci.image.layer.v1.tar"
    /// Put into the manifest as written.
    var extraManifest = ""
    var layerDigest: String?
    var layerSize: Int?

    static func digest(_ bytes: [UInt8]) -> String { ContentDigest.of(bytes).description }
    static func hex(_ bytes: [UInt8]) -> String { ContentDigest.of(bytes).hex }

    var config: [UInt8] {
        let ids = (diffIDs ?? layers.map(Self.digest)).map { "\"\($0)\"" }.joined(separator: ",")
        return Array(
            """
            {"architecture":"\(architecture)","os":"linux","created":"2024-01-02T03:04:05Z","config":{"Cmd":["/bin/app"],
            "Env":["A=b"],"User":"app"},"rootfs":{"type":"layers","diff_ids":[\(ids)]}}
            """.utf8)
    }

    var manifest: [UInt8] {
        let entries = layers.map { layer in
            let digest = layerDigest ?? Self.digest(layer)
            return #"{"mediaType":"\#(layerType)","digest":"\#(digest)","size":\#(layerSize ?? layer.count)}"#
        }
        let head =
            #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\#(extraManifest)"config":"#
        let config =
            #"{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\#(Self.digest(config))","size":\#(config.count)}"#
        return Array("\(head)\(config),\"layers\":[\(entries.joined(separator: ","))]}".utf8)
    }

    var index: [UInt8] {
        let platform = #""platform":{"os":"linux","architecture":"\#(architecture)"}"#
        let entries = (names.isEmpty ? [""] : names).map { name in
            let annotations = name.isEmpty ? "{}" : #"{"\#(annotation)":"\#(name)"}"#
            return #"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(Self.digest(manifest))","#
                + #""size":\#(manifest.count),"annotations":\#(annotations),\#(platform)}"#
        }
        return Array("{\"schemaVersion\":2,\"manifests\":[\(entries.joined(separator: ","))]}".utf8)
    }

    /// Files of the layout by path.
    var files: [(String, [UInt8])] {
        [("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)), ("index.json", index)]
            + Dictionary(([config, manifest] + layers).map { ("blobs/sha256/" + Self.hex($0), $0) }) { first, _ in first
            }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func writeLayout(_ name: String, in scratch: Scratch) throws -> String {
        try Directory.make("\(scratch.path)/\(name)/blobs/sha256")
        for (file, bytes) in files { try scratch.write("\(name)/\(file)", bytes) }
        return "\(scratch.path)/\(name)"
    }

    var archive: [UInt8] {
        TarBuilder.make { tar in for (name, bytes) in files { tar.add(.init(name: name), bytes) } }
    }

    /// As `docker save` wrote it before version 25: a directory per layer, repeated layers as links.
    var dockerArchive: [UInt8] {
        TarBuilder.make { tar in
            var paths: [String] = []
            for (index, layer) in layers.enumerated() {
                let path = "layer\(index)/layer.tar"
                if let first = layers.firstIndex(of: layer), first < index {
                    tar.symlink(path, "../layer\(first)/layer.tar")
                } else {
                    tar.add(.init(name: path), layer)
                }
                paths.append("\"\(path)\"")
            }
            tar.add(.init(name: "config.json"), config)
            let tags = names.map { "\"\($0)\"" }.joined(separator: ",")
            tar.file(
                "manifest.json",
                #"[{"Config":"config.json","RepoTags":[\#(tags)],"Layers":[\#(paths.joined(separator: ","))]}]"#)
        }
    }
}
