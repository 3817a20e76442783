import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning
import PodRuntime

extension Verbs {
    var images: ImageStore { ImageStore(directory: paths.imagesDirectory) }

    func image(_ command: ImageCommand) throws -> Int32 {
        switch command {
        case .list(let headers): return try listImages(headers: headers)
        case .inspect(let images, let format): return try inspectImages(images, format)
        case .load(let path, let name): return try loadImage(path: path, name: name)
        case .save(let images, let output): return try saveImages(images, to: output)
        case .verify(let images): return try verifyImages(images)
        case .remove(let images): return try removeImages(images)
        case .prune(let all, let force): return try pruneImages(all: all, force: force)
        }
    }

    private func loadImage(path: String, name: String?) throws -> Int32 {
        var wanted: ImageReference?
        if let name { wanted = try reference(name, verb: "image load") }
        let live = LiveLines.onTerminal()
        let loaded = try images.load(path: path, name: wanted) { progress in
            live?.show { _ in [progress.text] }
        }
        try live?.finish()
        for reference in loaded { try Console.print("Loaded image: \(reference.familiar)\n") }
        return 0
    }

    private func listImages(headers: Bool) throws -> Int32 {
        let now = Timestamp.current
        let rows = try images.list().map { image in
            let digest = image.imageID.split(separator: ":").last ?? ""
            return [
                image.repository, image.tag.isEmpty ? "<none>" : image.tag, String(digest.prefix(12)),
                PodRow.age(of: image.created, now: now), ByteCount.text(image.size),
            ]
        }
        let table = Table(["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"], rows: rows)
        try Console.print(table.text(showsHeader: headers))
        return 0
    }

    private func inspectImages(_ names: [String], _ format: ImageCommand.Format) throws -> Int32 {
        var found: [Value] = []
        var code: Int32 = 0
        for name in names {
            do {
                let image = try images.image(name)
                found.append(try ImageDescription(image: image, config: images.configuration(of: image)).value)
            } catch let error as ImageError {
                Console.warn("error: \(error)")
                code = 1
            }
        }
        let value = Value.array(found)
        try Console.print(format == .json ? value.jsonText(pretty: true) + "\n" : value.yamlText())
        return code
    }

    private func saveImages(_ names: [String], to path: String?) throws -> Int32 {
        if path == nil, Console.isOutputTerminal {
            throw UsageError(
                "refusing to write an archive to the terminal: use -o FILE or redirect", verb: "image save")
        }
        var saved: [(image: StoredImage, names: [ImageReference])] = []
        for name in names {
            let image = try images.image(name)
            // By its ID it goes with all its names, by a name with that one.
            let reference = (try? ImageReference(name)).flatMap { image.names.contains($0) ? $0 : nil }
            let wanted = reference.map { [$0] } ?? image.names
            if let known = saved.firstIndex(where: { $0.image == image }) {
                saved[known].names += wanted.filter { !saved[known].names.contains($0) }
            } else {
                saved.append((image, wanted))
            }
        }
        guard let path else {
            try images.save(saved, to: 1)
            return 0
        }
        try OutputFile.write(path) { descriptor in try images.save(saved, to: descriptor) }
        return 0
    }

    private func verifyImages(_ names: [String]) throws -> Int32 {
        let store = images
        let checked = names.isEmpty ? try store.images() : try names.map(store.image)
        if checked.isEmpty { return 0 }
        let verification = try ImageVerification(store)
        let live = LiveLines.onTerminal()
        var code: Int32 = 0
        for image in checked {
            let name = image.names.first?.familiar ?? image.imageID
            live?.show { _ in ["\(name): checking"] }
            let damages = try verification.damages(of: image)
            try live?.finish()
            if damages.isEmpty { try Console.print("\(name): ok\n") }
            for damage in damages {
                Console.warn("error: image \"\(name)\": \(damage)")
                code = 1
            }
        }
        if code != 0 { Console.warn("Remove what is damaged with 'podrun image rm' and pull or load it again.") }
        return code
    }

    func reference(_ name: String, verb: String) throws -> ImageReference {
        do throws(ImageReferenceError) {
            return try ImageReference(name)
        } catch {
            throw UsageError("invalid image name \(ObjectName.quoted(name)): \(error)", verb: verb)
        }
    }
}

extension ImageProgress {
    fileprivate var text: String {
        switch step {
        case .reading: "Reading \(ByteCount.text(bytes))"
        case .unpacking: "Unpacking layer \(layer) of \(layerCount): \(ByteCount.text(bytes))"
        case .saving: "Saving"
        }
    }
}

/// A file that is there whole or not at all.
enum OutputFile {
    /// - Parameter path: made or replaced; what is no regular file (a pipe, `/dev/stdout`) is written to as it is.
    static func write(_ path: String, _ body: (Int32) throws -> Void) throws {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            return try body(try Descriptor.open(path, O_WRONLY | O_NOCTTY).raw)
        }
        let partial = "\(path).partial.\(getpid())"
        do {
            let file = try Descriptor.open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            try body(file.raw)
            try check("rename", partial) { rename(partial, path) }
        } catch {
            unlink(partial)
            throw error
        }
    }
}

/// Sizes as docker prints them: three digits, units of 1000.
enum ByteCount {
    static func text(_ count: Int64) -> String {
        var unit = 0
        var scaled = Double(max(0, count))
        while scaled >= 999.5, unit < units.count - 1 {
            scaled /= 1000
            unit += 1
        }
        if unit == 0 { return "\(count)B" }
        let decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0
        let power = decimals == 2 ? 100 : decimals == 1 ? 10 : 1
        let rounded = Int((scaled * Double(power)).rounded())
        guard decimals > 0 else { return "\(rounded)\(units[unit])" }
        let fraction = String(rounded % power)
        return "\(rounded / power)." + String(repeating: "0", count: decimals - fraction.count) + fraction + units[unit]
    }

    private static let units = ["B", "kB", "MB", "GB", "TB"]
}
