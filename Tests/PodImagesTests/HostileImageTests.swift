import Glibc
import PodLinux
import PodModel
import Testing

@testable import PodImages

/// Attacks D8 and D10 (digests, documents, layouts) and C7 (user databases): refused with nothing added to the store.
@Suite(.enabled(if: isRoot, "unpacking sets owners and makes device nodes"))
struct HostileImageTests {
    let scratch: Scratch
    let store: ImageStore
    let good: ImageBuilder

    init() throws {
        scratch = try Scratch()
        store = ImageStore(directory: scratch.path + "/images")
        good = ImageBuilder(layers: [TarBuilder.make { $0.file("x", "y") }])
    }

    private func expectRefused(_ path: String, _ words: String, _ place: SourceLocation = #_sourceLocation) throws {
        let before = try scratch.canary
        let text = failure { try store.load(path: path) }
        #expect(text.contains(words) && !words.isEmpty, "\(text)", sourceLocation: place)
        #expect(try store.list() == [], sourceLocation: place)
        for directory in ["blobs/sha256", "layers", "manifests", "staging"]
        where scratch.status("images/\(directory)") != nil {
            #expect(
                try Directory("\(scratch.path)/images/\(directory)").names() == [], "\(directory)",
                sourceLocation: place)
        }
        #expect(try scratch.canary == before, sourceLocation: place)
        // The right image still loads.
        try store.load(path: good.writeLayout("good", in: scratch))
        try store.removeNames([ImageReference("example.com/app:1")])
        try store.collectGarbage(keeping: [])
    }

    private func layout(_ change: (inout ImageBuilder) -> Void) throws -> String {
        var image = good
        change(&image)
        return try image.writeLayout("evil", in: scratch)
    }

    private var layerBlob: String { "evil/blobs/sha256/" + ImageBuilder.hex(good.layers[0]) }

    @Test func flippedByte() throws {
        let path = try layout { _ in }
        var bytes = good.layers[0]
        bytes[600] ^= 1
        try scratch.write(layerBlob, bytes)
        try expectRefused(path, "has digest \(ImageBuilder.digest(bytes))")
    }

    @Test func truncatedOrLongerThanItsDescriptor() throws {
        let path = try layout { _ in }
        try scratch.write(layerBlob, Array(good.layers[0].dropLast(512)))
        try expectRefused(path, "has \(good.layers[0].count - 512) bytes, expected \(good.layers[0].count)")
        try scratch.write(layerBlob, good.layers[0] + [0])
        try expectRefused(path, "is longer than \(good.layers[0].count) bytes")
    }

    @Test func wrongDiffID() throws {
        let other = "sha256:" + String(repeating: "0", count: 64)
        try expectRefused(layout { $0.diffIDs = [other] }, "the config says \(other)")
        try expectRefused(layout { $0.diffIDs = [] }, "the config names 0 layers, the manifest 1")
    }

    @Test(arguments: [
        "sha256:../../../canary/secret", "sha512:" + String(repeating: "0", count: 128), "md5:00", "sha256:ABC", "",
    ])
    func digestGrammar(_ digest: String) throws {
        try expectRefused(layout { $0.layerDigest = digest }, "invalid digest \"\(digest.prefix(100))\"")
    }

    @Test func mediaTypes() throws {
        try expectRefused(layout { $0.layerType = "application/x-zip" }, "unknown media type \"application/x-zip\"")
        try expectRefused(
            layout { $0.layerType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" },
            "foreign layers are not supported")
        try expectRefused(
            layout { $0.architecture = "s390x" }, "no image for \(HostPlatform.current): it has linux/s390x")
    }

    @Test func ambiguousDocuments() throws {
        try expectRefused(
            layout { $0.extraManifest = "\"manifests\":[]," }, "is ambiguous: it has manifests and layers")
        try expectRefused(layout { $0.extraManifest = "\"fsLayers\":[]," }, "schema version 1")
    }

    @Test func indexThatNamesItself() throws {
        // A digest can't name itself, but a chain of indexes can be as long as somebody cares to make it.
        let path = try layout { _ in }
        var inner = good.index
        for _ in 0..<4 {
            try scratch.write("evil/blobs/sha256/" + ImageBuilder.hex(inner), inner)
            inner = Array(
                """
                {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json",
                "digest":"\(ImageBuilder.digest(inner))","size":\(inner.count)}]}
                """.utf8)
        }
        try scratch.write("evil/index.json", inner)
        try expectRefused(path, "more than 2 indexes deep")
    }

    @Test func hugeIndex() throws {
        let path = try layout { _ in }
        try scratch.write("evil/index.json", [UInt8](repeating: 32, count: 5 << 20))
        try expectRefused(path, "\"index.json\" is longer than 4194304 bytes")
    }

    @Test func tooManyLayers() throws {
        try expectRefused(
            layout { $0.layers = Array(repeating: good.layers[0], count: 128) }, "128 layers, at most 127")
    }

    @Test(arguments: ["link", "fifo", "device", "directory", "missing"])
    func blobsThatAreNoFiles(_ kind: String) throws {
        let path = try layout { _ in }
        let blob = "\(scratch.path)/\(layerBlob)"
        unlink(blob)
        switch kind {
        case "link": symlink(scratch.path + "/canary/secret", blob)
        case "fifo": mkfifo(blob, 0o644)
        case "device": mknod(blob, S_IFCHR | 0o666, dev_t(1 << 8 | 5))
        case "directory": mkdir(blob, 0o755)
        default: break
        }
        try expectRefused(path, kind == "missing" ? "is missing" : "is not a regular file")
    }

    @Test func documentsThatAreNoFiles() throws {
        let path = try layout { _ in }
        unlink(path + "/oci-layout")
        try expectRefused(path, "\"oci-layout\" is missing")
        try scratch.write("evil/oci-layout", "{}")
        unlink(path + "/index.json")
        mkfifo(path + "/index.json", 0o644)
        try expectRefused(path, "\"index.json\" is not a regular file")
        unlink(path + "/index.json")
        symlink("/dev/zero", path + "/index.json")
        try expectRefused(path, "\"index.json\" is not a regular file")
        rename(path + "/blobs/sha256", path + "/elsewhere")
        symlink("../elsewhere", path + "/blobs/sha256")
        try expectRefused(path, "open \"")
        mkfifo(scratch.path + "/pipe", 0o644)
        try expectRefused(scratch.path + "/pipe", "neither a directory nor a regular file")
    }

    @Test func archivesWithTricks() throws {
        func load(_ body: (inout TarBuilder) -> Void, _ words: String) throws {
            try scratch.write("evil.tar", TarBuilder.make(body))
            try expectRefused(scratch.path + "/evil.tar", words)
        }
        try load(
            { tar in
                for (name, bytes) in good.files { tar.add(.init(name: name), bytes) }
                tar.add(.init(name: "index.json"), Array("{}".utf8))
            }, "two files named \"index.json\"")
        try load({ $0.file("../../etc/cron.d/x") }, "\"..\" in its name")
        try load({ $0.file("readme") }, "neither an OCI archive")
        try load({ $0.device("index.json", "3", 1, 5) }, "is not a regular file")
        let canary = scratch.path + "/canary/secret"
        try load(
            { tar in
                tar.symlink("config.json", canary)
                tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["a"],"Layers":[]}]"#)
            }, "\"config.json\" is missing in the archive")
        try load(
            { tar in
                tar.symlink("a", "b")
                tar.symlink("b", "a")
                tar.file("manifest.json", #"[{"Config":"a","RepoTags":["a"],"Layers":[]}]"#)
            }, "\"a\" is missing in the archive")
        try scratch.write("evil.tar", Array("BZh91AY&SY".utf8))
        try expectRefused(scratch.path + "/evil.tar", "bzip2 compression is not supported")
        try scratch.write("evil.tar", [0x1f, 0x8b, 8, 0, 1, 2, 3])
        try expectRefused(scratch.path + "/evil.tar", " ")
    }

    @Test func userDatabasesAreReadInsideTheImage() throws {
        func passwd(_ layers: [UInt8]...) throws -> String? {
            try store.load(path: ImageBuilder(layers: layers, names: ["u"]).writeLayout("u", in: scratch))
            return try store.resolve(ImageReference("u"))?.passwd
        }
        let canary = scratch.path + "/canary/secret"
        #expect(try passwd(TarBuilder.make { $0.symlink("etc/passwd", canary) }) == nil)
        #expect(try passwd(TarBuilder.make { $0.symlink("etc/passwd", "../../../../../..\(canary)") }) == nil)
        #expect(
            try passwd(
                TarBuilder.make {
                    $0.symlink("etc", "/"); $0.symlink("passwd", "passwd")
                }) == nil)
        #expect(try passwd(TarBuilder.make { $0.device("etc/passwd", "6", 0, 0) }) == nil)
        #expect(try passwd(TarBuilder.make { $0.device("etc/passwd", "3", 1, 5) }) == nil)
        #expect(try passwd(TarBuilder.make { $0.directory("etc/passwd") }) == nil)
        #expect(try passwd(TarBuilder.make { $0.file("etc/passwd", String(repeating: "x", count: 11 << 20)) }) == nil)
        // Links inside the image work across layers, and an upper layer's opaque directory hides what is below it.
        let lower = TarBuilder.make {
            $0.file("usr/lib/passwd", "in:image"); $0.file("usr/old/passwd", "old")
        }
        #expect(try passwd(lower, TarBuilder.make { $0.symlink("etc/passwd", "/usr/lib/passwd") }) == "in:image")
        #expect(try passwd(lower, TarBuilder.make { $0.symlink("etc", "usr/lib") }) == "in:image")
        #expect(
            try passwd(
                lower,
                TarBuilder.make {
                    $0.symlink("etc/passwd", "../usr/old/passwd")
                    $0.file("usr/old/.wh..wh..opq")
                }) == nil)
    }
}
