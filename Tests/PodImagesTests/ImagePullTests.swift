import Glibc
import PodLinux
import PodModel
import Testing

@testable import PodImages

/// The program that the build made beside the tests.
let builtPodrun: String? = {
    let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/.build/debug/podrun"
    return access(path, X_OK) == 0 ? path : nil
}()

/// Pulls with real workers, from a layout directory instead of a registry.
@Suite(.enabled(if: isRoot && builtPodrun != nil, "workers are podrun itself, as root"))
struct ImagePullTests {
    let scratch: Scratch
    let store: ImageStore

    init() throws {
        scratch = try Scratch()
        store = ImageStore(directory: scratch.path + "/images")
    }

    private static let layers: [[UInt8]] = [
        TarBuilder.make {
            $0.directory("./", mode: 0o711)
            $0.directory("tmp", mode: 0o1777, mtime: 77)
            $0.directory("a/b", uid: 5)
            $0.file("a/b/all", "below")
            $0.file("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        },
        TarBuilder.make {
            $0.file("tmp/x/y", "second")
            $0.file("a/b/c/d", String(repeating: "data", count: 50_000))
            $0.directory("tmp/x/later", mode: 0o700)
            $0.directory("tmp/x", mode: 0o750)
        },
        TarBuilder.make {
            $0.file("a/b/.wh..wh..opq"); $0.file("a/b/c/e", "third"); $0.file("tmp/x/.wh.y")
        },
    ]

    private func image(_ tars: [[UInt8]]) -> ImageBuilder {
        var builder = ImageBuilder(layers: tars.map(CompressedLayerTests.gzip))
        builder.layerType += "+gzip"
        builder.diffIDs = tars.map(ImageBuilder.digest)
        return builder
    }

    private func pull(
        _ layout: String, as name: String = "example.com/app:1", progress: @escaping (PullProgress) -> Void = { _ in }
    ) throws -> PulledImage {
        try Self.pull(layout, as: name, into: scratch.path + "/images", progress: progress)
    }

    private static func pull(
        _ layout: String, as name: String, into directory: String,
        progress: @escaping (PullProgress) -> Void = { _ in }
    ) throws -> PulledImage {
        var pull = ImagePull(
            store: ImageStore(directory: directory), reference: try ImageReference(name),
            sources: [LayoutSource(layout)], progress: progress)
        pull.executable = builtPodrun ?? ""
        return try pull.run()
    }

    @Test func looksLikeAnImageThatWasLoaded() throws {
        let layout = try image(Self.layers).writeLayout("layout", in: scratch)
        let loaded = ImageStore(directory: scratch.path + "/loaded")
        try loaded.load(path: layout)
        let expected = try #require(try loaded.resolve(ImageReference("example.com/app:1")))

        var events: [PullProgress] = []
        let pulled = try pull(layout) { events.append($0) }
        #expect(pulled.facts == expected)
        #expect(pulled.facts.passwd == "root:x:0:0::/root:/bin/sh\n")
        for id in expected.layers {
            // A whiteout is as old as its making.
            let isWhiteout = { (line: String) in line.contains(" 20000 ") }
            let (pulledTree, loadedTree) = (
                try scratch.tree("images/layers/\(id)"), try scratch.tree("loaded/layers/\(id)")
            )
            #expect(pulledTree.filter { !isWhiteout($0) } == loadedTree.filter { !isWhiteout($0) })
        }
        let top = "images/layers/\(expected.layers[2])"
        #expect(scratch.status(top)?.st_mode == S_IFDIR | 0o711)
        #expect(scratch.status("\(top)/tmp")?.st_mode == S_IFDIR | 0o1777)
        #expect(scratch.status("\(top)/tmp")?.st_mtim.tv_sec == 77)
        #expect(scratch.status("\(top)/tmp/x")?.st_mode == S_IFDIR | 0o750)
        #expect(scratch.attribute("trusted.overlay.opaque", of: "\(top)/a/b") == [UInt8(ascii: "y")])
        #expect(scratch.status("\(top)/tmp/x/y")?.st_mode == S_IFCHR)
        #expect(events.first?.event == .resolving)
        #expect(events.last?.event == .done)
        #expect(events.count { $0.event == .unpacked } == 3)
        #expect(try Directory(scratch.path + "/images/staging").names() == [])
        #expect(pulled.bytesFetched == pulled.size)

        let again = try pull(layout)
        #expect(again.bytesFetched == 0)
        #expect(again.wasPresent)
    }

    @Test func aPowerCutTakesWhatWasNotFlushed() throws {
        let layout = try image(Self.layers).writeLayout("layout", in: scratch)
        let other = try image([Self.layers[0]]).writeLayout("other", in: scratch)
        let reference = try ImageReference("example.com/app:1")
        _ = try pull(other, as: "example.com/kept:1")
        try store.flush()
        let pulled = try pull(layout)
        // As after a restart: the entry is of another boot, and so is the mark of what was cleared.
        let index = try #require(scratch.text("images/index.json"))
        let boot = try FileBytes.line("/proc/sys/kernel/random/boot_id")
        #expect(index.contains("\"unflushed\":\"\(boot)\""))
        try scratch.write("images/index.json", index.split(separator: boot).joined(separator: "before"))
        try scratch.write("images/boot", "before")
        try scratch.write("images/layers/\(pulled.facts.layers[2])/a/b/c/e", "lost its bytes")
        #expect(try store.resolve(reference) == nil)
        #expect(try store.resolve(ImageReference("example.com/kept:1")) != nil)

        let again = try pull(layout)
        #expect(scratch.text("images/layers/\(pulled.facts.layers[2])/a/b/c/e") == "third")
        // The lowest layer was flushed with the other image.
        #expect(again.bytesFetched < pulled.size)
        #expect(again.bytesFetched > 0)
        try store.flush()
        #expect(scratch.text("images/index.json")?.contains(boot) == false)
    }

    @Test func aFailedPullLeavesNothing() throws {
        var builder = image(Self.layers)
        builder.diffIDs?[1] = ImageBuilder.digest([1])
        let wrong = try builder.writeLayout("wrong", in: scratch)
        #expect(
            failure { _ = try pull(wrong) }.hasSuffix(
                "its plain tar has digest \(ImageBuilder.digest(Self.layers[1])), "
                    + "the config says \(ImageBuilder.digest([1]))"))

        let good = image(Self.layers)
        let damaged = try good.writeLayout("damaged", in: scratch)
        let blob = "damaged/blobs/sha256/\(ImageBuilder.hex(good.layers[1]))"
        var bytes = good.layers[1]
        bytes[5000] ^= 1
        try scratch.write(blob, bytes)
        let digest = ImageBuilder.digest(good.layers[1])
        #expect(
            failure { _ = try pull(damaged) }
                == "layer \(digest): blob \(digest) has digest \(ImageBuilder.digest(bytes))")
        try scratch.write(blob, Array(good.layers[1].dropLast(9)))
        #expect(
            failure { _ = try pull(damaged) }
                == "layer \(digest): blob \(digest) has \(bytes.count - 9) bytes, expected \(bytes.count)")

        for name in ["blobs/sha256", "layers", "staging", "manifests"] {
            #expect(try Directory("\(scratch.path)/images/\(name)").names() == [], "\(name)")
        }
        #expect(try store.list().isEmpty)
    }

    @Test func pullsThatShareLayersFetchEachBlobOnce() async throws {
        let tars = (0..<5).map { index in
            TarBuilder.make { for file in 0..<100 { $0.file("d\(index)/f\(file)", "content \(file)") } }
        }
        // Same beginnings, other orders, and one layer twice.
        let orders = [[0, 1, 2], [0, 1, 3], [3, 1, 0], [0, 1, 2, 4], [4, 4, 2], [2, 1, 0, 3]]
        let layouts = try orders.enumerated().map { index, order in
            try image(order.map { tars[$0] }).writeLayout("layout\(index)", in: scratch)
        }
        var fetched: Int64 = 0
        let directory = scratch.path + "/images"
        try await withThrowingTaskGroup(of: PulledImage.self) { group in
            for (index, layout) in layouts.enumerated() {
                group.addTask { try Self.pull(layout, as: "example.com/app:\(index)", into: directory) }
            }
            for try await pulled in group { fetched += pulled.bytesFetched }
        }
        let blobs = Set(try Directory(scratch.path + "/images/blobs/sha256").names())
        let layers = tars.map { ImageBuilder.hex(CompressedLayerTests.gzip($0)) }
        #expect(blobs.isSuperset(of: layers))
        let sizes = tars.reduce(0) { $0 + Int64(CompressedLayerTests.gzip($1).count) }
        let configs = orders.reduce(0) { $0 + Int64(image($1.map { tars[$0] }).config.count) }
        #expect(fetched == sizes + configs)
        for (index, order) in orders.enumerated() {
            let facts = try #require(try store.resolve(ImageReference("example.com/app:\(index)")))
            for (id, layer) in zip(facts.layers, order) {
                #expect(scratch.text("images/layers/\(id)/d\(layer)/f99") == "content 99")
            }
        }
    }
}
