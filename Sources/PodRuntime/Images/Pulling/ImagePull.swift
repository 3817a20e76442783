import CShim
import Glibc
import PodLinux
import PodModel
import PodPlanning

/// Brings one image from a registry into the store.
package struct ImagePull {
    /// The program that workers are: podrun.
    package var executable = "/proc/self/exe"

    private let store: ImageStore
    private let reference: ImageReference
    private let platform: HostPlatform
    private let sources: [any PullSource]
    private let progress: (PullProgress) -> Void

    /// - Parameters:
    ///   - sources: where the image may be, in the order to try.
    ///   - progress: called for every event but `error`.
    package init(
        store: ImageStore, reference: ImageReference, platform: HostPlatform = .current, sources: [any PullSource],
        progress: @escaping (PullProgress) -> Void = { _ in }
    ) {
        self.store = store
        self.reference = reference
        self.platform = platform
        self.sources = sources
        self.progress = progress
    }

    /// Pulls. What it returns is usable, but perhaps not on disk yet: call ``ImageStore/flushInBackground(executable:)``
    /// or ``ImageStore/flush()`` after telling the user.
    ///
    /// Blocks; may run in any number of processes at once. Ctrl-C and kill -9 need no care: they leave complete layers,
    /// which the next pull finds, and rubbish in `staging`, which it clears. A pull that fails leaves nothing.
    /// - Throws: ``ImageError``, or `SyscallError` when the host failed.
    package func run() throws -> PulledImage {
        let start = Clock.monotonic()
        let lock = try store.enter()
        var added: [String] = []
        do {
            defer { lock.release() }
            for source in sources.dropLast() {
                do {
                    return try pull(from: source, since: start, &added)
                } catch let error as ImageError where error.kind == .registry || error.kind == .missing {
                    report(.retry) { $0.message = error.description }
                }
            }
            guard let last = sources.last else { throw ImageError(.registry, "no registry to ask") }
            return try pull(from: last, since: start, &added)
        } catch {
            store.discard(added)
            throw error
        }
    }

    /// The name it gets: by digest, a tag that is there too means nothing.
    private var name: String {
        reference.digest.isEmpty ? reference.description : "\(reference.name)@\(reference.digest)"
    }

    private func report(_ event: PullProgress.Event, _ fill: (inout PullProgress) -> Void = { _ in }) {
        var report = PullProgress(event, image: reference.description)
        fill(&report)
        progress(report)
    }

    private func pull(from source: any PullSource, since start: MonotonicInstant, _ added: inout [String]) throws
        -> PulledImage
    {
        report(.resolving)
        let staging = try Staging(in: store.files.staging, limits: store.limits)
        let documents = PullDocuments(source: source, files: store.files, limits: store.limits, staging: staging)
        let (image, target) = try documents.image(reference, platform)
        let (config, diffIDs) = try documents.config(image, platform)
        let layers = Self.layers(image, diffIDs)
        let size = layers.reduce(0) { $0 + $1.size } + image.configSize
        try checkSpace(layers)

        let pull = LayerPull(
            layers, files: store.files, limits: store.limits, staging: staging, executable: executable,
            origin: source.origin
        ) { event, layer, bytes, message in
            report(event) {
                $0.layer = layer.blob.description
                $0.bytes = bytes
                $0.total = layer.size
                $0.message = message
            }
        }
        defer { added += pull.added }
        try pull.run()
        report(.saving)
        let record = ImageRecord(
            config: image.config.description,
            layers: layers.map { .init(id: $0.id, blob: $0.blob.description, diffID: $0.diffID.description) },
            created: config.created, size: pull.bytes)
        let wasPresent = try commit(image, target, record, documents.blobs)
        guard let facts = try store.resolve(ImageReference(name)) else {
            throw ImageError(.host, "the image was removed while it was pulled")
        }
        let pulled = PulledImage(
            facts: facts, manifest: image.manifest.description, bytesFetched: pull.fetched + documents.fetched,
            size: size,
            wasPresent: wasPresent, milliseconds: Clock.monotonic().nanoseconds(since: start) / 1_000_000)
        if wasPresent { report(.exists) }
        report(.done) {
            $0.imageID = facts.imageID
            $0.bytes = pulled.bytesFetched
            $0.total = size
            $0.milliseconds = pulled.milliseconds
        }
        return pulled
    }

    private static func layers(_ image: SourceImage, _ diffIDs: [ContentDigest]) -> [LayerPull.Layer] {
        var chain = LayerChain()
        return zip(image.layers, diffIDs).map { layer, diffID in
            chain.append(diffID)
            return .init(
                blob: layer.digest, size: layer.size, diffID: diffID, chainID: chain.chainID ?? diffID, id: chain.id)
        }
    }

    /// Before anything is fetched: the blobs alone must fit. What they unpack to is seen while it is written.
    private func checkSpace(_ layers: [LayerPull.Layer]) throws {
        var missing: Int64 = store.limits.reservedBytes
        var total: Int64 = 0
        for layer in layers {
            let (sum, overflow) = total.addingReportingOverflow(layer.size)
            if overflow || sum > store.limits.blobBytes {
                throw ImageError(.invalid, "more than \(store.limits.blobBytes) bytes of blobs")
            }
            total = sum
            if !store.files.isPresent(store.files.blob(layer.blob)) { missing += layer.size }
        }
        let directory = try Descriptor.open(store.files.directory, O_RDONLY | O_DIRECTORY)
        try FreeSpace.check(directory.raw, reserved: missing)
    }

    /// Names from the bottom up: documents, record, index.
    /// - Returns: whether the name led to this image already.
    private func commit(
        _ image: SourceImage, _ target: ContentDigest, _ record: ImageRecord, _ blobs: [Staging.Blob]
    ) throws -> Bool {
        for blob in blobs {
            try check("rename", blob.path) { rename(blob.path, store.files.blob(blob.digest)) }
        }
        let manifest = image.manifest.description
        let known = try NameCache.read(store.files).images.first { $0.name == name }
        if known?.manifest == manifest, known?.target == target.description { return true }
        var entry = ImageIndex.Entry()
        entry.name = name
        entry.manifest = manifest
        entry.target = target.description
        entry.pulledAt = "\(Timestamp(nanosecondsSinceEpoch: Clock.realtimeNanoseconds()))"
        entry.unflushed = try BootID.current()
        try store.changeIndex { index in
            try AtomicFile.write(store.files.record(of: image.manifest), JSON.encode(record), durable: false)
            index.images.removeAll { $0.name == entry.name }
            index.images.append(entry)
        }
        return known?.manifest == manifest
    }
}

/// What a pull brought.
package struct PulledImage: Sendable {
    package var facts: ImageFacts
    /// Digest of the manifest for this platform.
    package var manifest: String
    /// Bytes of blobs that came over the network; 0 when everything was there.
    package var bytesFetched: Int64
    /// Bytes of the image's blobs together.
    package var size: Int64
    /// The name led to this image already.
    package var wasPresent: Bool
    package var milliseconds: Int64
}

extension ImageStore {
    /// Has the disk keep what was pulled: starts a process that does it and outlives this one, so that nobody waits for the
    /// disk. Until it is done a power cut takes the image away again.
    package func flushInBackground(executable: String = "/proc/self/exe") throws {
        let program = try Descriptor.open(executable, PODRUN_O_PATH)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        var spawn = podrun_spawn()
        spawn.executable = program.raw
        spawn.cgroup = -1
        spawn.fds = (null.raw, null.raw, null.raw, null.raw, null.raw)
        var pidfd: Int32 = -1
        try check("start worker", "flush") {
            CStrings.with(["podrun", "worker", "flush", files.directory]) { argv in
                CStrings.with([]) { podrun_spawn(&spawn, argv, $0, &pidfd) }
            }
        }
        close(pidfd)
    }
}
