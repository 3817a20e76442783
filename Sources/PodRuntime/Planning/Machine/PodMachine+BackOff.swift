import PodModel

/// What is told about containers that are held back.
extension PodMachine {
    /// The events that the kubelet tells again with each of its syncs, as long as containers wait.
    package var backOffEvents: [PodEvent] { isEnding ? [] : containers.flatMap(backOffEvents(of:)) }

    func backOffEvents(of container: ContainerMachine) -> [PodEvent] {
        switch (container.phase, container.waitingReason) {
        case (.exited, "CrashLoopBackOff"):
            let text = "Back-off restarting failed container \(container.name) in pod \(displayName)"
            return [event(about: container.name, "BackOff", text, type: "Warning")]
        case (.waiting, "ImagePullBackOff"):
            let (name, isVolume) = (container.name, container.failedVolumeImage != nil)
            return [
                imageEvent(about: name, isVolume: isVolume, "BackOff", PodMachine.pullBackOff(image(of: container))),
                imageEvent(about: name, isVolume: isVolume, "Failed", "Error: ImagePullBackOff", type: "Warning"),
            ]
        default: return []
        }
    }

    static func pullBackOff(_ image: String) -> String { "Back-off pulling image \"\(image)\"" }
}
