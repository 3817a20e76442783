import PodImages
import PodModel
import PodPlanning

/// Finding and pulling the containers' images: the kubelet's decision (pkg/kubelet/images/image_manager.go).
extension PodRunner {
    func resolveImage(_ name: String) {
        guard let container = pod.container(name) else { return }
        let reference: ImageReference
        do throws(ImageReferenceError) {
            reference = try ImageReference(container.image)
        } catch {
            let message =
                "Failed to apply default image tag \"\(container.image)\": couldn't parse image name "
                + "\"\(container.image)\": \(error)"
            return handle(.imageFailed(container: name, ImageFailure(.invalidName, message: message)))
        }
        // Always that is only the default of `:latest` is content with an image that was loaded here.
        let mustPull =
            container.imagePullPolicy == "Always"
            && (object.explicitPullPolicies.contains(name) || (try? host.images.wasLoaded(reference)) != true)
        if !mustPull, use(reference, for: name, pull: nil) { return }
        if container.imagePullPolicy == "Never" {
            let message = "Container image \"\(container.image)\" is not present with pull policy of Never"
            return handle(.imageFailed(container: name, ImageFailure(.neverPull, message: message)))
        }
        handle(.imagePulling(container: name))
        host.pulls.pull(reference, for: waiter(name)) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let pull):
                if !self.use(reference, for: name, pull: pull) {
                    let failure = ImageFailure(.pull, message: "image \"\(reference)\" is gone")
                    self.handle(.imageFailed(container: name, failure))
                }
            case .failure(let failure): self.handle(.imageFailed(container: name, failure))
            }
        }
    }

    func cancelImage(_ name: String) {
        host.pulls.cancel(waiter(name))
    }

    private func waiter(_ name: String) -> String { "\(pod.metadata.uid)/\(name)" }

    /// Tells the machine what the store says; false when the image is not there.
    private func use(_ reference: ImageReference, for name: String, pull: ImagePullResult?) -> Bool {
        do {
            guard let facts = try host.images.resolve(reference) else { return false }
            images[name] = facts
            handle(.imageReady(container: name, imageID: facts.imageID, pull: pull))
        } catch {
            let message = "Failed to inspect image \"\(pod.container(name)?.image ?? "")\": \(error)"
            handle(.imageFailed(container: name, ImageFailure(.inspect, message: message)))
        }
        return true
    }
}
