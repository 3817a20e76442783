import PodImages
import PodLinux
import PodModel
import PodPlanning

extension Verbs {
    /// Shows what apply would do. Changes nothing and needs no root: images that can't be read count as not there.
    func plan(files: [String], namespace: String?) throws -> Int32 {
        let pods = try readManifests(files, namespace: namespace)
            .compactMap { if case .pod(let manifest) = $0 { manifest.pod } else { nil } }
        let node = HostFacts.read()
        let store = ImageStore(directory: paths.imagesDirectory)
        for pod in pods.map({ $0.withDefaults() }) {
            var images: [String: ImageFacts] = [:]
            for container in pod.allContainers {
                guard let reference = try? ImageReference(container.image) else { continue }
                images[container.name] = try? store.resolve(reference)
            }
            var volumeImages: [String: ImageFacts] = [:]
            for volume in pod.spec.volumes {
                guard let reference = volume.image.flatMap({ try? ImageReference($0.reference) }) else { continue }
                volumeImages[volume.name] = try? store.resolve(reference)
            }
            try Console.print(
                PlanDump.text(pod: pod, images: images, volumeImages: volumeImages, node: node, paths: paths))
        }
        return 0
    }
}
