import PodModel

/// A pod that was changed in place (kuberuntime_manager.go, computePodActions: containerChanged).
extension PodMachine {
    mutating func update(to pod: Pod, at now: Instant, _ effects: inout [Effect]) {
        generation = pod.metadata.generation
        let earlier = images
        images = PodMachine.images(of: pod)
        addEphemeralContainers(of: pod)
        activeDeadlineSeconds = pod.spec.activeDeadlineSeconds.map { Int($0) }
        activeDeadline = nil
        for index in containers.indices where images[containers[index].name] != earlier[containers[index].name] {
            changeImage(index, at: now, &effects)
        }
    }

    /// A plain init container that runs is left to its end.
    private mutating func changeImage(_ index: Int, at now: Instant, _ effects: inout [Effect]) {
        let name = containers[index].name
        containers[index].forgetBackoff()
        switch containers[index].phase {
        case .resolving:
            effects.append(.cancelImage(container: name))
            containers[index].phase = .waiting
        case .waiting, .startable:
            containers[index].phase = .waiting
            containers[index].wait(reason: "", message: "")
        case .starting, .postStart, .running:
            guard containers[index].kind != .initContainer else { return }
            stop(
                index, graceSeconds: terminationGracePeriodSeconds,
                message: "Container \(name) definition changed, will be restarted", isReplacement: true, at: now)
        case .exited: break
        }
    }

    /// Takes those in that it does not know yet.
    mutating func addEphemeralContainers(of pod: Pod) {
        for container in pod.spec.ephemeralContainers where self.container(container.name) == nil {
            containers.append(
                ContainerMachine(
                    name: container.name, kind: .ephemeral, rules: ContainerRules(ephemeral: container)))
        }
    }

    static func images(of pod: Pod) -> [String: String] {
        Dictionary(
            (pod.spec.initContainers + pod.spec.containers).map { ($0.name, $0.image) }
                + pod.spec.ephemeralContainers.map { ($0.name, $0.image) },
            uniquingKeysWith: { first, _ in first })
    }
}
