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
                let duration = imageBackoffs[image(of: containers[index])]?.duration ?? 0
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

    func imagePulling(_ name: String, volumeImage: String?, _ effects: inout [Effect]) {
        guard container(name)?.phase == .resolving else { return }
        let text = "Pulling image \"\(volumeImage ?? images[name] ?? "")\""
        noteImage(&effects, name, isVolume: volumeImage != nil, "Pulling", text)
    }

    mutating func imageReady(
        _ name: String, imageID: String, volumeImageIDs: [String], stopSignal: String?, _ pull: ImagePullResult?,
        _ effects: inout [Effect]
    ) {
        guard container(name)?.phase == .resolving else { return }
        update(name) { container in
            container.phase = .startable
            container.imageID = imageID
            container.volumeImageIDs = volumeImageIDs
            container.imageStopSignal = stopSignal
            container.wait(reason: "", message: "")
        }
        notePulled(name, image: images[name] ?? "", isVolume: false, pull, &effects)
    }

    func notePulled(
        _ name: String, image: String, isVolume: Bool, _ pull: ImagePullResult?, _ effects: inout [Effect]
    ) {
        var text = "Container image \"\(image)\" already present on machine and can be accessed by the pod"
        if let pull {
            text =
                "Successfully pulled image \"\(image)\" in \(DurationText.text(pull.duration)) "
                + "(\(DurationText.text(pull.durationWithWaiting)) including waiting). Image size: \(pull.size) bytes."
        }
        noteImage(&effects, name, isVolume: isVolume, "Pulled", text)
    }

    mutating func imageFailed(_ name: String, _ failure: ImageFailure, at now: Instant, _ effects: inout [Effect]) {
        guard let image = failure.volumeImage ?? images[name], container(name)?.phase == .resolving else { return }
        let isVolume = failure.volumeImage != nil
        var retryAt = now.monotonic + PodMachine.syncPeriod
        switch failure.reason {
        case .pull:
            retryAt = growBackoff(of: image, at: now)
            let text = "Failed to pull image \"\(image)\": \(failure.message)"
            noteImage(&effects, name, isVolume: isVolume, "Failed", text, type: "Warning")
        case .neverPull:
            noteImage(
                &effects, name, isVolume: isVolume, failure.reason.rawValue, failure.message, type: "Warning")
        case .invalidName, .inspect:
            noteImage(&effects, name, isVolume: isVolume, "InspectFailed", failure.message, type: "Warning")
        }
        noteImage(
            &effects, name, isVolume: isVolume, "Failed", "Error: \(failure.reason.rawValue)", type: "Warning")
        update(name) { container in
            container.phase = .waiting
            container.failedVolumeImage = failure.volumeImage
            container.wait(reason: failure.reason.rawValue, message: failure.message)
            container.retryAt = retryAt
        }
    }

    private func noteImage(
        _ effects: inout [Effect], _ name: String, isVolume: Bool, _ reason: String, _ message: String,
        type: String = "Normal"
    ) {
        effects.append(.record(imageEvent(about: name, isVolume: isVolume, reason, message, type: type)))
    }

    /// Of an image volume the kubelet tells for the pod, not for one of its containers.
    func imageEvent(
        about name: String, isVolume: Bool, _ reason: String, _ message: String, type: String = "Normal"
    ) -> PodEvent {
        if !isVolume { return event(about: name, reason, message, type: type) }
        return PodEvent(type: type, reason: reason, message: message)
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
        let text = PodMachine.pullBackOff(image(of: containers[index]))
        containers[index].wait(
            reason: "ImagePullBackOff", message: "\(text): ErrImagePull: \(containers[index].waitingMessage)")
        effects += backOffEvents(of: containers[index]).map(Effect.record)
    }

    /// The image that the container waits for.
    func image(of container: ContainerMachine) -> String {
        container.failedVolumeImage ?? images[container.name] ?? ""
    }
}
