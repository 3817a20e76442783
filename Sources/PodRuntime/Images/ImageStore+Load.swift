import CShim
import Glibc
import PodLinux
import PodModel

extension ImageStore {
    /// Brings the images of a layout directory, an OCI archive or a docker-archive into the store.
    ///
    /// Nothing has a name before all of it is verified, unpacked and on disk; a load that fails or is killed leaves
    /// rubbish only in `staging`, which the next one clears.
    /// - Parameters:
    ///   - name: the name to give; needed when the source has none, and then it must hold exactly one image.
    ///   - progress: called between blocks.
    /// - Returns: the names, in the source's order.
    /// - Throws: ``ImageError``, or `SyscallError` when the host failed.
    @discardableResult
    package func load(
        path: String, name: ImageReference? = nil, progress: @escaping (ImageProgress) -> Void = { _ in }
    ) throws -> [ImageReference] {
        let lock = try enter()
        defer { lock.release() }
        let staging = try Staging(in: files.staging, limits: limits)
        var meter = ProgressMeter(progress)
        meter.begin(.reading)
        do {
            let source = try source(path, staging, &meter)
            let images = try named(source.images(), by: name)
            for image in images { try add(image, from: source, staging, loadedFrom: path, &meter) }
            return images.flatMap(\.names)
        } catch let error as ImageError {
            throw error.during("load image \"\(path)\"")
        }
    }

    private func source(_ path: String, _ staging: Staging, _ meter: inout ProgressMeter) throws -> any ImageSource {
        var status = stat()
        try check("open", path) { stat(path, &status) }
        let count = meter.counter()
        if status.st_mode & S_IFMT == S_IFDIR {
            return try LayoutDirectory(path, staging: staging, limits: limits, progress: count)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.invalid, "neither a directory nor a regular file")
        }
        let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        return try ImageArchive(file, subject: path, staging: staging, limits: limits, progress: count)
    }

    private func named(_ images: [SourceImage], by name: ImageReference?) throws -> [SourceImage] {
        if let name {
            guard name.digest.isEmpty else {
                throw ImageError(.invalid, "\"\(name)\" has a digest: an image is loaded by name and tag")
            }
            guard images.count == 1 else {
                throw ImageError(.invalid, "it holds \(images.count) images, so one name is not enough")
            }
            return images.map { image in
                var image = image
                image.names = [name]
                return image
            }
        }
        if images.contains(where: \.names.isEmpty) {
            throw ImageError(.invalid, "it does not say what its image is called: give it a name with --name")
        }
        return images
    }

    // MARK: One image

    private func add(
        _ image: SourceImage, from source: any ImageSource, _ staging: Staging, loadedFrom: String,
        _ meter: inout ProgressMeter
    ) throws {
        meter.begin(.reading, count: image.layers.count)
        var blobs: [Staging.Blob] = []
        /// Path of a blob that is verified: in the store already, or in staging.
        func fetch(_ digest: ContentDigest, _ size: Int64) throws -> String {
            if let staged = blobs.first(where: { $0.digest == digest }) { return staged.path }
            if files.isPresent(files.blob(digest)) { return files.blob(digest) }
            let blob = try source.blob(digest, size: size)
            blobs.append(blob)
            return blob.path
        }

        let configPath = try fetch(image.config, image.configSize)
        let configBytes = try ImageDocument.read(configPath, subject: "config \(image.config)", limits: limits)
        let config = try ImageDocument.decode(OCIImageConfig.self, configBytes, subject: "config \(image.config)")
        let diffIDs = try config.rootfs.diffIDs.map(IndexWalk.digest)
        try Self.verify(config, diffIDs, image, .current)
        blobs.append(try staging.copy({ body in try image.manifestBytes.withUnsafeBytes(body) }, progress: { _ in }))

        let build = LayerBuild(files: files, limits: limits, staging: staging)
        for (index, layer) in image.layers.enumerated() {
            let path = try fetch(layer.digest, layer.size)
            meter.begin(.unpacking, layer: index + 1, count: image.layers.count)
            do {
                try build.add(blob: layer.digest, path: path, diffID: diffIDs[index], progress: meter.counter())
            } catch let error as ImageError {
                throw error.during("unpack layer \(layer.digest)")
            }
        }
        meter.begin(.saving, count: image.layers.count)
        let record = ImageRecord(
            config: image.config.description, layers: build.layers, created: config.created, size: build.bytes)
        try commit(image, blobs, record, loadedFrom: loadedFrom)
    }

    /// Whether the config fits the manifest and the platform.
    static func verify(
        _ config: OCIImageConfig, _ diffIDs: [ContentDigest], _ image: SourceImage, _ platform: HostPlatform
    ) throws {
        let isOther = { (value: String, wanted: String) in !value.isEmpty && value != wanted }
        if isOther(config.os, platform.os) || isOther(config.architecture, platform.architecture) {
            throw ImageError(
                .unsupported, "the image is for \(config.os)/\(config.architecture), not for \(platform)")
        }
        if diffIDs.count != image.layers.count {
            throw ImageError(.invalid, "the config names \(diffIDs.count) layers, the manifest \(image.layers.count)")
        }
        if diffIDs.isEmpty { throw ImageError(.unsupported, "the image has no layers") }
    }

    /// Blobs get their names, then one flush for everything, then the image's record and its names.
    private func commit(
        _ image: SourceImage, _ blobs: [Staging.Blob], _ record: ImageRecord, loadedFrom: String
    ) throws {
        for blob in blobs {
            // An archive with several images may have given it away already.
            try check("rename", blob.path, unless: ENOENT) { rename(blob.path, files.blob(blob.digest)) }
        }
        try syncFileSystem()
        try changeIndex { index in
            try AtomicFile.write(files.record(of: image.manifest), JSON.encode(record), durable: true)
            for name in image.names {
                index.images.removeAll { $0.name == name.description }
                index.images.append(
                    .init(name: name.description, manifest: image.manifest.description, loadedFrom: loadedFrom))
            }
        }
    }
}

/// Counts bytes and reports about once per MiB.
struct ProgressMeter {
    private let report: (ImageProgress) -> Void
    private var current = ImageProgress(step: .reading)

    init(_ report: @escaping (ImageProgress) -> Void) {
        self.report = report
    }

    mutating func begin(_ step: ImageProgress.Step, layer: Int = 0, count: Int = 0) {
        current = ImageProgress(step: step, layer: layer, layerCount: count)
        report(current)
    }

    /// Adds to the current step.
    func counter() -> (Int64) -> Void {
        var progress = current
        var reported: Int64 = 0
        return { [report] count in
            progress.bytes += count
            guard progress.bytes - reported >= 1 << 20 else { return }
            reported = progress.bytes
            report(progress)
        }
    }
}
