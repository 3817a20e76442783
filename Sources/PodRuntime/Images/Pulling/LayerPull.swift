import Glibc
import PodLinux
import PodModel

/// Brings the layers of one image into the store: at most three at once, each fetched and unpacked in processes of its own.
///
/// A blob gets its name as soon as it is verified, a layer as soon as the layers below have theirs; each under its lock, so
/// that of many pulls one fetches and the others find it. No two pulls wait for each other: who holds a blob's lock waits for
/// no other one, and who holds a layer's lock waits only for locks of layers below that one, and of blobs.
final class LayerPull {
    struct Layer {
        var blob: ContentDigest
        var size: Int64
        var diffID: ContentDigest
        var chainID: ContentDigest
        /// Name in the store.
        var id: String
    }

    /// Bytes that were fetched.
    private(set) var fetched: Int64 = 0
    /// Logical bytes of all layers' files.
    private(set) var bytes: Int64 = 0
    /// Paths in the store that this pull added.
    private(set) var added: [String] = []

    private let layers: [Layer]
    private let files: StoreFiles
    private let limits: ImageLimits
    private let staging: Staging
    private let origin: () throws -> BlobOrigin
    private let executable: String
    private let progress: (PullProgress.Event, Layer, Int64, String) -> Void
    private var schedule: PullSchedule
    private var jobs: [LayerJob] = []
    private var unpacked: [Int: LayerJob] = [:]
    /// Root directories of the layers that have their names, bottom to top.
    private var roots: [DescriptorBox] = []

    init(
        _ layers: [Layer], files: StoreFiles, limits: ImageLimits, staging: Staging, executable: String,
        origin: @escaping () throws -> BlobOrigin,
        progress: @escaping (PullProgress.Event, Layer, Int64, String) -> Void
    ) {
        self.layers = layers
        self.files = files
        self.limits = limits
        self.staging = staging
        self.executable = executable
        self.origin = origin
        self.progress = progress
        schedule = PullSchedule(sizes: layers.map(\.size))
    }

    func run() throws {
        defer { for job in jobs { job.kill() } }
        while !schedule.isComplete {
            for index in schedule.candidates where schedule.running < schedule.workers { try start(index) }
            try commit()
            if !jobs.isEmpty {
                try wait()
            } else if schedule.committable == nil, let index = schedule.lowestWaiting {
                try waitForOthers(index)
            }
        }
    }

    // MARK: Starting

    /// Starts a layer, unless the store has it or another process is at it.
    private func start(_ index: Int) throws {
        let layer = layers[index]
        var layerLock: StoreLock?
        if !files.isPresent(files.layer(layer.id)) {
            guard let lock = try StoreLock.exclusiveIfFree("\(files.locks)/\(layer.id)") else { return }
            if files.isPresent(files.layer(layer.id)) { lock.release() } else { layerLock = lock }
        }
        var blobLock: StoreLock?
        if !files.isPresent(files.blob(layer.blob)) {
            guard let lock = try StoreLock.exclusiveIfFree("\(files.locks)/\(layer.blob.hex)") else {
                layerLock?.release()
                return
            }
            if files.isPresent(files.blob(layer.blob)) { lock.release() } else { blobLock = lock }
        }
        if layerLock == nil, blobLock == nil {
            // Unpacked, it still has to be checked as a layer of this chain, in its turn.
            schedule[index] = .unpacked
            progress(.exists, layer, layer.size, "")
            return
        }
        jobs.append(try job(index, layerLock, blobLock))
        schedule[index] = .running
        progress(.layer, layer, 0, "")
    }

    private func job(_ index: Int, _ layerLock: StoreLock?, _ blobLock: StoreLock?) throws -> LayerJob {
        let layer = layers[index]
        let unpacked = UnpackedLayer(directory: staging.name())
        try Directory.make(unpacked.directory, mode: 0o700)
        var request = LayerRequest()
        request.digest = layer.blob.description
        request.size = layer.size
        request.diffID = layerLock == nil ? "" : layer.diffID.description
        request.staging = unpacked.directory
        request.isStored = blobLock == nil
        request.limits = limits
        request.windowLock = files.windowLock
        request.parent = getpid()
        guard blobLock != nil else {
            let stored = try Descriptor.open(files.blob(layer.blob), O_RDONLY | O_NOFOLLOW)
            let worker = try WorkerProcess("layer", executable: executable, request: request, data: stored)
            return LayerJob(
                index: index, unpacked: unpacked, layerLock: layerLock, blobLock: nil, layer: worker, blob: nil)
        }
        var fetch = BlobRequest()
        fetch.origin = try origin()
        fetch.digest = request.digest
        fetch.size = request.size
        fetch.parent = request.parent
        let (layerWorker, blobWorker) = try Self.pipeline(request, fetch, executable)
        return LayerJob(
            index: index, unpacked: unpacked, layerLock: layerLock, blobLock: blobLock, layer: layerWorker,
            blob: blobWorker)
    }

    private static func pipeline(
        _ layer: LayerRequest, _ blob: BlobRequest, _ executable: String
    ) throws -> (WorkerProcess, WorkerProcess) {
        let (read, write) = try Descriptor.pipe()
        guard let end = read.take(), let begin = write.take() else { throw ImageError(.host, "pipe was closed") }
        // F_SETPIPE_SZ: as much as an unprivileged pipe may hold; failing, the usual 64 KiB will do.
        _ = fcntl(end.raw, 1031, 1 << 20)
        let reader = try WorkerProcess("layer", executable: executable, request: layer, data: end)
        return (reader, try WorkerProcess("blob", executable: executable, request: blob, data: begin))
    }

    // MARK: Waiting

    private func wait() throws {
        let outputs = jobs.flatMap { job in job.outputs.map { (job, $0) } }
        var ready = outputs.map { pollfd(fd: $0.1, events: Int16(POLLIN), revents: 0) }
        // Nobody tells when another process lets go of a lock.
        let isBlocked = schedule.running < schedule.workers && schedule.lowestWaiting != nil
        try check("wait for workers") { poll(&ready, nfds_t(ready.count), isBlocked ? 50 : -1) }
        for (index, (job, output)) in outputs.enumerated() where ready[index].revents != 0 {
            let layer = layers[job.index]
            do {
                let hasEnded = try job.read(output) { report in
                    let event: PullProgress.Event = report.event == .retry ? .retry : .layer
                    progress(event, layer, report.blobBytes, report.message)
                }
                if hasEnded { try finish(job) }
            } catch let error as ImageError {
                throw error.during("layer \(layer.blob)")
            }
        }
    }

    private func waitForOthers(_ index: Int) throws {
        for name in [layers[index].id, layers[index].blob.hex] {
            try StoreLock.exclusive("\(files.locks)/\(name)").release()
        }
    }

    // MARK: Committing

    private func finish(_ job: LayerJob) throws {
        let layer = layers[job.index]
        _ = try job.result()
        jobs.removeAll { $0 === job }
        if job.isFetching {
            try check("rename", job.unpacked.blob) { rename(job.unpacked.blob, files.blob(layer.blob)) }
            added.append(files.blob(layer.blob))
            fetched += layer.size
            job.releaseBlob()
        }
        schedule[job.index] = .unpacked
        if job.isUnpacking { unpacked[job.index] = job }
    }

    private func commit() throws {
        while let index = schedule.committable {
            let layer = layers[index]
            if let job = unpacked.removeValue(forKey: index) {
                let result = try job.result()
                let record = LayerRecord(
                    chainID: layer.chainID.description, diffID: layer.diffID.description, entries: result.entries,
                    bytes: result.fileBytes)
                do {
                    try job.unpacked.commit(as: layer.id, record, above: LayerStack(roots.reversed()), files)
                } catch let error as ImageError {
                    throw error.during("layer \(layer.blob)")
                }
                added.append(files.layer(layer.id))
                job.releaseLayer()
                progress(.unpacked, layer, layer.size, "")
            }
            let stored = try StoredLayer(layer.id, chainID: layer.chainID, files, limits)
            bytes += stored.record.bytes
            roots.append(stored.root)
            schedule[index] = .stored
        }
    }
}
