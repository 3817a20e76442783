import PodImages
import PodLinux
import PodModel
import PodPlanning

extension Verbs {
    /// Shows what apply would do. Changes nothing and needs no root: images that can't be read count as not there, and so do
    /// ConfigMaps and Secrets that are not in the files. Values of Secrets are not shown.
    func plan(files: [String], namespace: String?) throws -> Int32 {
        let manifests = try readManifests(files, namespace: namespace)
        let pods = manifests.compactMap { if case .pod(let manifest) = $0 { manifest.pod } else { nil } }
        let objects = manifests.compactMap { if case .stored(let manifest) = $0 { manifest.object } else { nil } }
        var node = HostFacts.read()
        node.hosts = HostFacts.hosts()
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
                PlanDump.text(
                    pod: pod, images: images, volumeImages: volumeImages, node: node, paths: paths,
                    configuration: PodConfiguration(showing: objects, namespace: pod.metadata.namespace)))
        }
        return 0
    }
}
