import Glibc
import PodImages
import PodModel
import PodRuntime

/// What of the images pods use, also pods that have ended: their containers are still there.
struct ImageUse {
    /// Pod by the name it gives its image.
    private(set) var names: [ImageReference: String] = [:]
    /// Pod by the ID of the image that its containers have.
    private(set) var imageIDs: [String: String] = [:]

    init(pods: [Pod]) {
        for pod in pods {
            let name = "\(pod.metadata.namespace)/\(pod.metadata.name)"
            for container in pod.allContainers {
                if let reference = try? ImageReference(container.image) { names[reference] = name }
            }
            for volume in pod.spec.volumes {
                if let reference = volume.image.flatMap({ try? ImageReference($0.reference) }) {
                    names[reference] = name
                }
            }
            for status in pod.status.initContainerStatuses + pod.status.containerStatuses
            where !status.imageID.isEmpty {
                imageIDs[status.imageID] = name
            }
        }
    }

    /// The pod that keeps an image from being removed, or only one name of it.
    func user(of image: StoredImage, name: ImageReference?) -> String? {
        if let name, let user = names[name] { return user }
        if let name, image.names != [name] { return nil }
        return imageIDs[image.imageID] ?? image.names.compactMap { names[$0] }.first
            ?? names.first { $0.key.digest == image.manifest }?.value
    }
}

extension Verbs {
    private func imageUse() throws -> ImageUse { ImageUse(pods: try fetch(namespace: "", names: []).pods) }

    /// An image that a pod uses stays.
    func removeImages(_ names: [String]) throws -> Int32 {
        let store = images
        let use = try imageUse()
        var code: Int32 = 0
        for name in names {
            do {
                let image = try store.image(name)
                let reference = (try? ImageReference(name)).flatMap { image.names.contains($0) ? $0 : nil }
                if let pod = use.user(of: image, name: reference) {
                    throw ImageError(
                        .unsupported, "image \"\(reference?.familiar ?? name)\" is in use by pod \"\(pod)\"")
                }
                let removed = reference.map { [$0] } ?? image.names
                try store.removeNames(removed)
                for reference in removed { try Console.print("Removed image: \(reference.familiar)\n") }
                if removed.isEmpty { try Console.print("Removed image: \(image.imageID)\n") }
            } catch let error as ImageError {
                Console.warn("error: \(error)")
                code = 1
            }
        }
        _ = try collectGarbage()
        return code
    }

    func pruneImages(all: Bool, force: Bool) throws -> Int32 {
        if !force, try !isConfirmed(all: all) { return 0 }
        let store = images
        let use = try imageUse()
        let unused = try store.images().filter { image in
            use.user(of: image, name: nil) == nil && (all || image.names.isEmpty)
        }
        try store.removeNames(unused.flatMap(\.names))
        let freed = try collectGarbage()
        // What a pod began to use in between has lost its name and is kept.
        let left = Set(try store.images().map(\.manifest))
        let gone = unused.filter { !left.contains($0.manifest) }
        if !gone.isEmpty {
            try Console.print("Deleted Images:\n")
            for image in gone {
                for name in image.names { try Console.print("untagged: \(name.familiar)\n") }
                try Console.print("deleted: \(image.imageID)\n")
            }
            try Console.print("\n")
        }
        try Console.print("Total reclaimed space: \(ByteCount.text(freed))\n")
        return 0
    }

    /// Asked for again after the names are gone: what began to use an image before that is seen, and after that nothing can.
    private func collectGarbage() throws -> Int64 {
        let keep = Set(try imageUse().imageIDs.keys)
        if let freed = try images.collectGarbage(keeping: keep) { return freed }
        Console.warn(
            "Warning: an image is being pulled or loaded: files that it may need stay until the next removal.")
        return 0
    }

    private func isConfirmed(all: Bool) throws -> Bool {
        let what = all ? "all images that no pod uses" : "all dangling images"
        try Console.print("WARNING! This will remove \(what).\nAre you sure you want to continue? [y/N] ")
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }
}
