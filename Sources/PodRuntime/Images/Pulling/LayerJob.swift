import Glibc
import PodLinux

/// One layer on its way: its workers, its locks and its place in staging.
final class LayerJob {
    let index: Int
    let unpacked: UnpackedLayer
    /// False when the layer is in the store and only its blob is fetched.
    let isUnpacking: Bool
    /// False when the blob is in the store and only unpacked.
    let isFetching: Bool
    /// Held until the layer has its name.
    private(set) var layerLock: StoreLock?
    /// Held until the blob has its name.
    private(set) var blobLock: StoreLock?
    private let layer: WorkerProcess
    private let blob: WorkerProcess?
    private var hasEnded = (layer: false, blob: false)

    init(
        index: Int, unpacked: UnpackedLayer, layerLock: StoreLock?, blobLock: StoreLock?, layer: WorkerProcess,
        blob: WorkerProcess?
    ) {
        self.index = index
        self.unpacked = unpacked
        self.layerLock = layerLock
        self.blobLock = blobLock
        self.layer = layer
        self.blob = blob
        isUnpacking = layerLock != nil
        isFetching = blob != nil
    }

    /// What to wait for.
    var outputs: [Int32] {
        [hasEnded.layer ? -1 : layer.output.raw, hasEnded.blob ? -1 : blob?.output.raw ?? -1].filter { $0 >= 0 }
    }

    /// Reads what the worker behind `output` has to say.
    /// - Returns: true when both workers have ended.
    /// - Throws: why the layer failed.
    func read(_ output: Int32, _ each: (WorkerReport) -> Void) throws -> Bool {
        if output == layer.output.raw {
            if let reports = try layer.read() { reports.forEach(each) } else { hasEnded.layer = true }
        } else if let blob, output == blob.output.raw {
            if let reports = try blob.read() { reports.forEach(each) } else { hasEnded.blob = true }
        }
        guard hasEnded.layer, hasEnded.blob || blob == nil else { return false }
        // What went wrong with the network is the cause of what the layer's worker then missed.
        if let error = blob?.error ?? layer.error { throw error }
        return true
    }

    /// What the layer's worker said last.
    func result() throws -> WorkerReport {
        guard let result = layer.result else { throw ImageError(.host, "its worker ended without a result") }
        return result
    }

    func releaseBlob() {
        blobLock?.release()
        blobLock = nil
    }

    func releaseLayer() {
        layerLock?.release()
        layerLock = nil
    }

    func kill() {
        layer.kill()
        blob?.kill()
    }
}
