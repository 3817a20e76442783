import Glibc
import PodLinux
import PodModel
import Testing

@testable import PodImages

@Suite(.enabled(if: isRoot, "unpacking sets owners and makes device nodes"))
struct ImageStoreTests {
    let scratch: Scratch
    let store: ImageStore
    let base = TarBuilder.make {
        $0.file("etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
        $0.file("etc/group", "root:x:0:\n")
        $0.file("bin/app", "elf", mode: 0o755)
    }
    let top = TarBuilder.make {
        $0.file("srv/data", "data"); $0.file("etc/.wh.group")
    }

    init() throws {
        scratch = try Scratch()
        store = ImageStore(directory: scratch.path + "/images")
    }

    private func reference(_ text: String) throws -> ImageReference { try ImageReference(text) }

    private func leftovers() throws -> [String] { try Directory(scratch.path + "/images/staging").names() }

    @Test func layoutDirectoryIsLoadedAndResolved() throws {
        let path = try ImageBuilder(layers: [base, top]).writeLayout("layout", in: scratch)
        #expect(try store.load(path: path).map(\.description) == ["example.com/app:1"])
        let facts = try #require(try store.resolve(reference("example.com/app:1")))
        #expect(facts.reference == "example.com/app:1")
        #expect(facts.imageID == ImageBuilder.digest(ImageBuilder(layers: [base, top]).config))
        #expect(facts.config.config.cmd == ["/bin/app"])
        #expect(facts.config.config.user == "app")
        #expect(facts.passwd?.contains("app:x:1000") == true)
        #expect(facts.group == nil)  // whited out by the upper layer
        #expect(facts.layers.count == 2)
        #expect(scratch.text("images/layers/\(facts.layers[1])/srv/data") == "data")
        #expect(scratch.status("images")?.st_mode == S_IFDIR | 0o700)
        #expect(scratch.status("images/layers")?.st_mode == S_IFDIR | 0o700)
        #expect(try leftovers() == [])
        #expect(try store.resolve(reference("example.com/app:2")) == nil)
        let digest = ImageBuilder.digest(ImageBuilder(layers: [base, top]).manifest)
        #expect(try store.resolve(reference("example.com/app@" + digest))?.imageID == facts.imageID)
        #expect(try store.resolve(reference("example.com/other@" + digest)) == nil)
    }

    @Test func aReleasedLockIsFreeWhoeverInheritedIt() throws {
        let path = scratch.path + "/lock"
        let lock = try StoreLock.exclusive(path)
        var wanted = stat()
        #expect(stat(path, &wanted) == 0)
        let holders = (Int32(0)..<1024).filter { fd in
            var seen = stat()
            return fstat(fd, &seen) == 0 && seen.st_dev == wanted.st_dev && seen.st_ino == wanted.st_ino
        }
        let copies = holders.map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        #expect(copies.count == 1)
        defer { for copy in copies { close(copy) } }
        #expect(try StoreLock.exclusiveIfFree(path) == nil)
        lock.release()
        #expect(try StoreLock.exclusiveIfFree(path) != nil)
    }

    @Test func listSaysWhatPeopleWrite() throws {
        let path = try ImageBuilder(layers: [base], names: ["docker.io/library/nginx:1.25", "quay.io/a/b:c"])
            .writeLayout("l", in: scratch)
        try store.load(path: path)
        let rows = try store.list()
        #expect(rows.map { "\($0.repository):\($0.tag)" } == ["nginx:1.25", "quay.io/a/b:c"])
        #expect(rows[0].created?.text == "2024-01-02T03:04:05Z")
        #expect(rows[0].size == 66)
        #expect(rows[0].imageID == rows[1].imageID)
    }

    @Test(arguments: ["plain", "docker"])
    func archivesAreLoaded(kind: String) throws {
        let image = ImageBuilder(layers: [base, top, base], names: ["app"])
        try scratch.write("image.tar", kind == "docker" ? image.dockerArchive : image.archive)
        #expect(
            try store.load(path: scratch.path + "/image.tar").map(\.description) == ["docker.io/library/app:latest"])
        let facts = try #require(try store.resolve(reference("app")))
        #expect(facts.layers.count == 3)
        #expect(Set(facts.layers).count == 3)
        #expect(try leftovers() == [])
    }

    @Test func namesComeFromAnnotationsOrTheCaller() throws {
        var image = ImageBuilder(layers: [base], names: ["redis:7"], annotation: "org.opencontainers.image.ref.name")
        #expect(try store.load(path: image.writeLayout("a", in: scratch)).map(\.familiar) == ["redis:7"])
        image.names = ["latest"]  // a tag alone names nothing
        let path = try image.writeLayout("b", in: scratch)
        #expect(
            failure { try store.load(path: path) }
                == "load image \"\(path)\": it does not say what its image is called: give it a name with --name")
        #expect(try store.load(path: path, name: reference("mine")).map(\.familiar) == ["mine:latest"])
    }

    @Test(arguments: [("", "it is empty"), ("no archive at all", "")])
    func whatIsNoArchiveIsNamed(contents: String, reason: String) throws {
        try scratch.write("image.tar", contents)
        let text = failure { try store.load(path: scratch.path + "/image.tar") }
        #expect(text.hasPrefix("load image \"\(scratch.path)/image.tar\": not a tar archive: \(reason)"))
    }

    @Test func sharedLayersStayWhenOneImageGoes() throws {
        try store.load(path: ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch))
        try store.load(path: ImageBuilder(layers: [base, top], names: ["b"]).writeLayout("b", in: scratch))
        let shared = try #require(try store.resolve(reference("a"))).layers
        let all = try #require(try store.resolve(reference("b"))).layers
        #expect(all.first == shared.first)
        try store.removeNames([reference("b")])
        #expect(try (store.collectGarbage(keeping: []) ?? 0) > 0)
        #expect(try store.resolve(reference("b")) == nil)
        #expect(try Set(Directory(scratch.path + "/images/layers").names()) == [shared[0], shared[0] + ".json"])
        #expect(try Directory(scratch.path + "/images/blobs/sha256").names().count == 3)
        #expect(try store.resolve(reference("a"))?.layers == shared)
        let imageID = try #require(try store.resolve(reference("a"))).imageID
        try store.removeNames([reference("a")])
        try store.collectGarbage(keeping: [imageID])
        #expect(scratch.status("images/layers/\(shared[0])") != nil)
        #expect(try store.images().map(\.names) == [[]])
        try store.collectGarbage(keeping: [])
        #expect(scratch.status("images/layers/\(shared[0])") == nil)
        #expect(failure { try store.removeNames([reference("a")]) } == "image \"docker.io/library/a:latest\" not found")
    }

    /// A pod runs on from the image it started with when another takes its name.
    @Test func anImageThatLostItsNameStaysWhileItIsUsed() throws {
        try store.load(path: ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch))
        let first = try #require(try store.resolve(reference("a")))
        try store.load(path: ImageBuilder(layers: [top], names: ["a"]).writeLayout("b", in: scratch))
        try store.collectGarbage(keeping: [first.imageID])
        #expect(scratch.status("images/layers/\(first.layers[0])") != nil)
        #expect(try store.image(String(first.imageID.dropFirst(7).prefix(12))).names == [])
        try store.collectGarbage(keeping: [])
        #expect(scratch.status("images/layers/\(first.layers[0])") == nil)
        #expect(try store.images().count == 1)
    }

    /// `name@digest` of the manifest, and of an index that led to it.
    @Test func imagesAreFoundByDigest() throws {
        try store.load(path: ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch))
        let image = try store.image("a")
        let index = "sha256:" + String(repeating: "1", count: 64)
        try store.changeIndex { $0.images[0].target = index }
        for digest in [image.manifest, index] {
            #expect(try store.image("a@" + digest) == image)
            #expect(try store.storedImage(reference("a@" + digest)) == image)
        }
        #expect(try store.storedImage(reference("b@" + index)) == nil)
    }

    @Test func savedImagesLoadAgain() throws {
        try store.load(path: ImageBuilder(layers: [base, top], names: ["a", "b:2"]).writeLayout("a", in: scratch))
        let image = try store.image("a")
        let archive = scratch.path + "/saved.tar"
        let file = try Descriptor.open(archive, O_WRONLY | O_CREAT, mode: 0o600)
        try store.save([(image, image.names)], to: file.raw)
        let other = ImageStore(directory: scratch.path + "/other")
        #expect(try other.load(path: archive).map(\.familiar) == ["a:latest", "b:2"])
        #expect(try other.image("b:2") == image)
        // A damaged blob is not passed on.
        let digest = try #require(image.layers.first).dropFirst(7)
        try scratch.write("images/blobs/sha256/\(digest)", "x")
        #expect(failure { try store.save([(image, [])], to: file.raw) }.contains("is damaged"))
    }

    @Test(arguments: [
        ("blobs/sha256/LAYER", "blob sha256:LAYER is damaged: its bytes have digest sha256:"),
        ("layers/ID/etc/passwd", "layer ID is damaged: \"etc/passwd\" has other contents"),
        ("layers/ID/bin/new", "layer ID is damaged: \"bin/new\" is not of the image"),
    ])
    func damageIsFound(file: String, finding: String) throws {
        try store.load(path: ImageBuilder(layers: [base, top], names: ["a"]).writeLayout("a", in: scratch))
        let image = try store.image("a")
        #expect(try ImageVerification(store).damages(of: image) == [])
        let id = try #require(try store.resolve(reference("a"))?.layers.first)
        let layer = try #require(image.layers.first).dropFirst(7)
        func filled(_ text: String) -> String { text.replacing("LAYER", with: layer).replacing("ID", with: id) }
        try scratch.write("images/" + filled(file), "elg")
        let damages = try ImageVerification(store).damages(of: image)
        #expect(damages.count == 1)
        #expect(damages.first?.hasPrefix(filled(finding)) == true)
    }

    @Test(arguments: ["", "{", nil])
    func anImageWithADamagedRecordCanBeRemoved(record: String?) throws {
        try store.load(path: ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch))
        let image = try store.image("a")
        let path = "images/manifests/\(image.manifest.dropFirst(7)).json"
        if let record { try scratch.write(path, record) } else { unlink("\(scratch.path)/\(path)") }
        #expect(try ImageVerification(store).damages(of: store.image("a")).count == 1)
        #expect(throws: ImageError.self) { try store.collectGarbage(keeping: []) }
        try store.removeNames([reference("a")])
        try store.collectGarbage(keeping: [])
        #expect(try Directory(scratch.path + "/images/blobs/sha256").names() == [])
    }

    @Test func anotherProcessesChangesAreSeen() throws {
        let other = ImageStore(directory: scratch.path + "/images")
        #expect(try other.resolve(reference("a")) == nil)
        try store.load(path: ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch))
        let first = try #require(try other.resolve(reference("a")))
        try store.load(path: ImageBuilder(layers: [base, top], names: ["a"]).writeLayout("b", in: scratch))
        #expect(try other.resolve(reference("a"))?.imageID != first.imageID)
    }

    @Test func killedLoadsLeaveNothingThatCounts() throws {
        let path = try ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch)
        try store.load(path: path)
        try Directory.make(scratch.path + "/images/staging/load.dead/7/etc")
        try store.load(path: path)
        #expect(try leftovers() == [])
        // A layer directory without the image's record, as after a kill between the two: it is used, not unpacked
        // again.
        let id = try #require(try store.resolve(reference("a"))).layers[0]
        let before = scratch.status("images/layers/\(id)")?.st_ino
        unlink(scratch.path + "/images/index.json")
        try store.load(path: path)
        #expect(scratch.status("images/layers/\(id)")?.st_ino == before)
    }

    @Test func damagedIndexIsNamed() throws {
        try store.load(path: ImageBuilder(layers: [base], names: ["a"]).writeLayout("a", in: scratch))
        try scratch.write("images/index.json", "{\"version\":1,\"images\":[{\"na")
        #expect(
            failure { _ = try store.resolve(reference("a")) }.hasPrefix("read \"\(scratch.path)/images/index.json\": "))
        try scratch.write("images/index.json", "{\"version\":9}")
        #expect(failure { _ = try store.list() }.hasSuffix("index.json\" has version 9, this podrun knows 1"))
    }
}

/// The text of what `body` throws; empty when it doesn't.
func failure<T>(_ body: () throws -> T) -> String {
    do {
        _ = try body()
        return ""
    } catch {
        return "\(error)"
    }
}
