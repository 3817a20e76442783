import CShim
import Glibc
import PodLinux

/// Unpacks one layer while its blob comes in: digest, file, inflate, digest, tree, in one pass.
struct LayerWorker {
    let request: LayerRequest

    /// Address space: the zstd window that is allowed, and three times as much again.
    private static let memory: UInt64 = 128 << 20
    /// CHOWN, DAC_OVERRIDE, FOWNER, FSETID, MKNOD, SETFCAP; attributes of overlayfs, which would need SYS_ADMIN, are the
    /// coordinator's to set.
    private static let capabilities: UInt64 = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 27 | 1 << 31

    func run(_ lines: ReportLines) throws {
        try check("wait for parent") { podrun_end_with_parent(request.parent) }
        GzipBlocks.prepare()
        let windowLock = try StoreLock.open(request.windowLock)
        // From here on there is nothing but the staging directory, whatever a name in the archive or a mistake leads to.
        try check("chroot", request.staging) { chroot(request.staging) }
        try check("chdir", "/") { chdir("/") }
        try check("confine") { podrun_confine(Self.capabilities, Self.memory, UInt64.max) }

        let layer = UnpackedLayer(directory: "")
        let digest = try IndexWalk.digest(request.digest)
        let blob = try IncomingBlob(
            FileBlocks(Descriptor(PullWorker.data), subject: request.digest, limit: request.size),
            copy: request.isStored ? nil : layer.blob, limits: request.limits, progress: lines.progress)
        var done = WorkerReport(.done)
        if !request.diffID.isEmpty {
            let result: LayerUnpacker.Result
            do {
                try Directory.make(layer.root, mode: 0o700)
                var unpacker = try LayerUnpacker(
                    into: layer.openRoot(), journal: layer.makeJournal(), limits: request.limits,
                    awaitTurn: windowLock.lock)
                result = try unpacker.unpack(blob)
            } catch let error as ImageError where error.kind == .invalid {
                // A damaged blob is the cause of whatever looks wrong inside.
                try blob.check(digest, size: request.size)
                throw error
            }
            try blob.check(digest, size: request.size)
            let diffID = result.diffID.description
            if diffID != request.diffID {
                throw ImageError(.invalid, "its plain tar has digest \(diffID), the config says \(request.diffID)")
            }
            done.entries = result.entries
            done.fileBytes = result.bytes
        } else {
            try blob.check(digest, size: request.size)
        }
        done.blobBytes = request.size
        lines.write(done)
    }
}

/// A blob on its way into the store: what is read is also written to a file.
private final class IncomingBlob: ByteBlocks {
    private let source: FileBlocks
    private let copy: DescriptorBox?
    private let limits: ImageLimits
    private let progress: (Int64) -> Void
    private var unchecked = 0

    init(_ source: FileBlocks, copy path: String?, limits: ImageLimits, progress: @escaping (Int64) -> Void) throws {
        self.source = source
        self.limits = limits
        self.progress = progress
        copy = try path.map {
            DescriptorBox(try Descriptor.open($0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600))
        }
    }

    func next() throws -> UnsafeRawBufferPointer? {
        guard let block = try source.next() else { return nil }
        if let fd = copy?.raw {
            if unchecked == 0 { try FreeSpace.check(fd, reserved: limits.reservedBytes) }
            unchecked = unchecked + block.count >= 32 << 20 ? 0 : unchecked + block.count
            var done = 0
            while done < block.count {
                done += try PodLinux.check("write", "blob") {
                    write(fd, block.baseAddress.map { $0 + done }, block.count - done)
                }
            }
        }
        progress(source.count)
        return block
    }

    /// Reads what is left and compares.
    func check(_ digest: ContentDigest, size: Int64) throws {
        while try next() != nil {}
        let count = source.count
        try BlobCheck.check(source.digest(), size: count, expected: digest, size: size)
    }
}
