import PodModel

/// The kubelet's image manager (pkg/kubelet/images/image_manager.go): when a container's image is asked for, and what
/// comes of it.
extension PodMachine {
    /// How long a failed pull shows as ErrImagePull before the wait for the next shows as ImagePullBackOff; the kubelet
    /// goes over with its next sync, seconds later.
    private static let pullErrorIsShown = Int64.seconds(2)
    /// Failures that are no pull's are tried again with the kubelet's next sync (pod_workers.go, backOffPeriod).
    private static let syncPeriod = Int64.seconds(10)

    /// Images are looked for at once, all of them: a pull may take long and needs no sandbox.
    mutating func resolveImages(at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        for index in containers.indices where containers[index].phase == .waiting {
            let retryAt = containers[index].retryAt
            guard retryAt > now.monotonic else {
                resolveImage(index, &effects)
                continue
            }
            if containers[index].waitingReason == ImageFailure.Reason.pull.rawValue {
                let duration = imageBackoffs[image(of: index)]?.duration ?? 0
                let shownUntil = retryAt - duration + PodMachine.pullErrorIsShown
                if shownUntil > now.monotonic {
                    earliest = min(earliest, shownUntil)
                    continue
                }
                backOffImage(index, &effects)
            }
            earliest = min(earliest, retryAt)
        }
    }

    mutating func resolveImage(_ index: Int, _ effects: inout [Effect]) {
        containers[index].phase = .resolving
        effects.append(.resolveImage(container: containers[index].name))
    }

    /// The pod ends: nobody waits for its images any more.
    mutating func cancelImages(_ effects: inout [Effect]) {
        for index in containers.indices where containers[index].phase == .resolving {
            // One that ran before is ended, not waiting for its first instance.
            containers[index].phase = containers[index].termination == nil ? .waiting : .exited
            effects.append(.cancelImage(container: containers[index].name))
        }
    }

    func imagePulling(_ name: String, _ effects: inout [Effect]) {
        guard container(name)?.phase == .resolving else { return }
        note(&effects, name, "Pulling", "Pulling image \(quotedImage(name))")
    }

    mutating func imageReady(_ name: String, imageID: String, _ pull: ImagePullResult?, _ effects: inout [Effect]) {
        guard container(name)?.phase == .resolving else { return }
        update(name) { container in
            container.phase = .startable
            container.imageID = imageID
            container.wait(reason: "", message: "")
        }
        guard let pull else {
            return note(&effects, name, "Pulled", "Container image \(quotedImage(name)) already present on machine")
        }
        note(
            &effects, name, "Pulled",
            "Successfully pulled image \(quotedImage(name)) in \(DurationText.text(pull.duration)) "
                + "(\(DurationText.text(pull.durationWithWaiting)) including waiting). Image size: \(pull.size) bytes.")
    }

    mutating func imageFailed(_ name: String, _ failure: ImageFailure, at now: Instant, _ effects: inout [Effect]) {
        guard let image = images[name], container(name)?.phase == .resolving else { return }
        var retryAt = now.monotonic + PodMachine.syncPeriod
        switch failure.reason {
        case .pull:
            retryAt = growBackoff(of: image, at: now)
            note(
                &effects, name, "Failed", "Failed to pull image \(quotedImage(name)): \(failure.message)",
                type: "Warning")
        case .neverPull: note(&effects, name, failure.reason.rawValue, failure.message, type: "Warning")
        case .invalidName, .inspect: note(&effects, name, "InspectFailed", failure.message, type: "Warning")
        }
        note(&effects, name, "Failed", "Error: \(failure.reason.rawValue)", type: "Warning")
        update(name) { container in
            container.phase = .waiting
            container.wait(reason: failure.reason.rawValue, message: failure.message)
            container.retryAt = retryAt
        }
    }

    /// The back-off is never reset by success, only forgotten when it was not used for long, as the kubelet's.
    ///
    /// - Returns: when the image may be asked for again. Of containers that wait for one pull, the first to hear that it
    /// failed grows the back-off and the others are held by it.
    private mutating func growBackoff(of image: String, at now: Instant) -> Int64 {
        var backoff = imageBackoffs[image] ?? Backoff()
        if let deadline = backoff.deadline(at: now.monotonic) { return deadline }
        backoff.advance(at: now.monotonic)
        imageBackoffs[image] = backoff
        return now.monotonic + backoff.duration
    }

    /// After the failed pull has been seen once as ErrImagePull, the wait for the next is ImagePullBackOff.
    private mutating func backOffImage(_ index: Int, _ effects: inout [Effect]) {
        let name = containers[index].name
        let event = "Back-off pulling image \(quotedImage(name))"
        containers[index].wait(
            reason: "ImagePullBackOff", message: "\(event): ErrImagePull: \(containers[index].waitingMessage)")
        note(&effects, name, "BackOff", event)
        note(&effects, name, "Failed", "Error: ImagePullBackOff", type: "Warning")
    }

    private func image(of index: Int) -> String { images[containers[index].name] ?? "" }

    private func quotedImage(_ name: String) -> String { "\"\(images[name] ?? "")\"" }
}
