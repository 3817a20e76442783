import PodImages
import PodLinux
import PodModel
import PodPlanning

/// Finding and pulling the images of containers and of their image volumes: the kubelet's decision
/// (pkg/kubelet/images/image_manager.go).
extension PodRunner {
    /// An image that a container needs before it starts.
    private struct WantedImage {
        let written: String
        let pullPolicy: String
        /// Always was written by the user: it is the default of `:latest` otherwise.
        let isPolicyExplicit: Bool
        /// The image volume that shows it; nil: the container's own image.
        let volume: String?

        var volumeImage: String? { volume == nil ? nil : written }
    }

    func resolveImage(_ name: String) {
        guard let container = pod.container(name) else { return }
        // Volumes first, as the kubelet does.
        let mounted = Set(container.volumeMounts.map(\.name))
        var wanted = pod.spec.volumes.filter { mounted.contains($0.name) }.compactMap { volume in
            volume.image.map {
                WantedImage(
                    written: $0.reference, pullPolicy: $0.pullPolicy,
                    isPolicyExplicit: object.explicitPullPolicies.contains(PodObject.policyKey(volume: volume.name)),
                    volume: volume.name)
            }
        }
        wanted.append(
            WantedImage(
                written: container.image, pullPolicy: container.imagePullPolicy,
                isPolicyExplicit: object.explicitPullPolicies.contains(name), volume: nil))
        resolve(wanted[...], for: name)
    }

    /// One after the other: a container waits for one pull at a time.
    private func resolve(_ wanted: ArraySlice<WantedImage>, for name: String) {
        guard let image = wanted.first else { return }
        resolve(image, for: name) { [weak self] facts, pull in
            guard let self else { return }
            if let volume = image.volume {
                self.volumeImages[volume] = facts
                self.handle(.volumeImageReady(container: name, image: image.written, pull: pull))
                self.resolve(wanted.dropFirst(), for: name)
            } else {
                self.images[name] = facts
                let mounted = self.pod.container(name)?.volumeMounts.map(\.name) ?? []
                let volumeImageIDs = Set(mounted.compactMap { self.volumeImages[$0]?.imageID }).sorted()
                let stopSignal = SignalName.number(facts.config.config.stopSignal).flatMap(SignalName.name)
                self.handle(
                    .imageReady(
                        container: name, imageID: facts.imageID, volumeImageIDs: volumeImageIDs, stopSignal: stopSignal,
                        pull: pull))
            }
        }
    }

    private func resolve(
        _ image: WantedImage, for name: String, then: @escaping (ImageFacts, ImagePullResult?) -> Void
    ) {
        func fail(_ reason: ImageFailure.Reason, _ message: String) {
            handle(
                .imageFailed(
                    container: name, ImageFailure(reason, message: message, volumeImage: image.volumeImage)))
        }
        func find(_ reference: ImageReference) -> Result<ImageFacts?, ImageFailure> {
            do {
                return .success(try host.images.resolve(reference))
            } catch {
                return .failure(
                    ImageFailure(.inspect, message: "Failed to inspect image \"\(image.written)\": \(error)"))
            }
        }
        let reference: ImageReference
        do throws(ImageReferenceError) {
            reference = try ImageReference(image.written)
        } catch {
            return fail(
                .invalidName,
                "Failed to apply default image tag \"\(image.written)\": couldn't parse image name "
                    + "\"\(image.written)\": \(error)")
        }
        // Always that is only the default of `:latest` is content with an image that was loaded here.
        let mustPull =
            image.pullPolicy == "Always"
            && (image.isPolicyExplicit || (try? host.images.wasLoaded(reference)) != true)
        if !mustPull {
            switch find(reference) {
            case .success(let facts?): return then(facts, nil)
            case .success(nil): break
            case .failure(let failure): return fail(failure.reason, failure.message)
            }
        }
        if image.pullPolicy == "Never" {
            return fail(
                .neverPull, "Container image \"\(image.written)\" is not present with pull policy of Never")
        }
        handle(.imagePulling(container: name, volumeImage: image.volumeImage))
        let secrets = PullSecret.all(
            of: pod, in: host.objects.configuration(namespace: pod.metadata.namespace)
        ).secrets
        host.pulls.pull(reference, secrets: secrets, for: waiter(name)) { result in
            switch result {
            case .success(let pull):
                switch find(reference) {
                case .success(let facts?): then(facts, pull)
                case .success(nil): fail(.pull, "image \"\(reference)\" is gone")
                case .failure(let failure): fail(failure.reason, failure.message)
                }
            case .failure(let failure): fail(failure.reason, failure.message)
            }
        }
    }

    func cancelImage(_ name: String) {
        host.pulls.cancel(waiter(name))
    }

    private func waiter(_ name: String) -> String { "\(pod.metadata.uid)/\(name)" }
}
