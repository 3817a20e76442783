import PodImages
import PodModel
import PodPlanning
import PodRuntime

extension Verbs {
    private var images: ImageStore { ImageStore(directory: paths.imagesDirectory) }

    func loadImage(path: String, name: String?) throws -> Int32 {
        var wanted: ImageReference?
        if let name { wanted = try reference(name) }
        for reference in try images.load(path: path, name: wanted) {
            try Console.print("Loaded image: \(reference.familiar)\n")
        }
        return 0
    }

    func listImages(headers: Bool) throws -> Int32 {
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

    /// Names in use by a pod stay, and so do the layers of running containers.
    func removeImages(_ names: [String]) throws -> Int32 {
        let references = try names.map(reference)
        let store = images
        let pods = try fetch(namespace: "", names: []).pods
        var users: [ImageReference: Pod] = [:]
        var layers: Set<String> = []
        for pod in pods {
            for container in pod.allContainers {
                guard let reference = try? ImageReference(container.image) else { continue }
                users[reference] = pod
                layers.formUnion(try store.resolve(reference)?.layers ?? [])
            }
        }
        var code: Int32 = 0
        for reference in references {
            do {
                if let pod = users[reference] {
                    throw CommandFailure(
                        "image \"\(reference.familiar)\" is in use by pod "
                            + "\"\(pod.metadata.namespace)/\(pod.metadata.name)\"")
                }
                try store.remove(reference, layersInUse: layers)
                try Console.print("Removed image: \(reference.familiar)\n")
            } catch let error as CommandFailure {
                Console.warn(error.text)
                code = 1
            } catch let error as ImageError {
                Console.warn("error: \(error)")
                code = 1
            }
        }
        return code
    }

    private func reference(_ name: String) throws -> ImageReference {
        do throws(ImageReferenceError) {
            return try ImageReference(name)
        } catch {
            throw UsageError("invalid image name \(ObjectName.quoted(name)): \(error)", verb: "image rm")
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
