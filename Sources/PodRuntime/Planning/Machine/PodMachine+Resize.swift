import PodModel

/// Changes of resources in place (kuberuntime_manager.go, computePodResizeAction and doPodResizeAction).
extension PodMachine {
    /// From a resize that failed to its next try, nanoseconds (kubelet.go, backOffPeriod).
    private static let resizeRetry = Int64.seconds(10)

    /// The containers have, or will have with their next instance, what the pod's spec asks for.
    package func hasAllocated(_ pod: Pod) -> Bool {
        (pod.spec.initContainers + pod.spec.containers).allSatisfy { container($0.name)?.resources == $0.resources }
    }

    /// The pod with the resources that its containers are allocated in place of those that its spec asks for.
    package func allocated(_ pod: Pod) -> Pod {
        if hasAllocated(pod) { return pod }
        var pod = pod
        func allocate(_ list: inout [Container]) {
            for index in list.indices {
                if let container = container(list[index].name) { list[index].resources = container.resources }
            }
        }
        allocate(&pod.spec.initContainers)
        allocate(&pod.spec.containers)
        return pod
    }

    mutating func resize(to pod: Pod, _ refusal: ResizeRefusal?, _ effects: inout [Effect]) {
        guard let refusal else { return allocate(pod, &effects) }
        let pending = PodResize.Pending(refusal: refusal, generation: pod.metadata.generation)
        if resize.pending == pending { return }
        resize.pending = pending
        effects.append(
            .record(
                .resize(
                    pod, reason: "Resize\(refusal.reason)", state: refusal.reason, generation: pending.generation,
                    error: refusal.message)))
    }

    private mutating func allocate(_ pod: Pod, _ effects: inout [Effect]) {
        resize.pending = nil
        if hasAllocated(pod) { return }
        for container in pod.spec.initContainers + pod.spec.containers {
            update(container.name) { $0.allocate(container.resources) }
        }
        let generation = pod.metadata.generation
        resize.progress = PodResize.Progress(generation: generation)
        effects.append(.record(.resize(pod, reason: "ResizeStarted", state: "started", generation: generation)))
    }

    /// Ends the instances whose resizePolicy wants that, then has the rest written.
    mutating func advanceResize(at now: Instant, _ effects: inout [Effect], _ earliest: inout Int64) {
        guard let progress = resize.progress, !progress.isRequested else { return }
        let outdated = containers.indices.filter { containers[$0].formerResources != nil }
        let replaced = outdated.filter { containers[$0].mustRestartToResize }
        for index in replaced {
            stop(
                index, graceSeconds: terminationGracePeriodSeconds,
                message: "Container \(containers[index].name) resize requires restart", isReplacement: true, at: now)
        }
        // The pod's own limits follow when nothing runs any more with what was to be restarted.
        if !replaced.isEmpty || outdated.contains(where: { !containers[$0].hasProcess }) { return }
        if progress.retryAt > now.monotonic { return earliest = min(earliest, progress.retryAt) }
        resize.progress?.isRequested = true
        effects.append(.resizeCgroups(containers: outdated.map { containers[$0].name }))
    }

    mutating func resized(_ names: [String], _ effects: inout [Effect]) {
        guard let progress = resize.progress, progress.isRequested else { return }
        for name in names { update(name) { $0.formerResources = nil } }
        resize.progress = nil
        effects.append(
            .record(
                .resize(
                    resourcesOnly, reason: "ResizeCompleted", state: "completed", generation: progress.generation)))
    }

    mutating func resizeFailed(_ message: String, at now: Instant, _ effects: inout [Effect]) {
        guard let progress = resize.progress, progress.isRequested else { return }
        resize.progress?.isRequested = false
        resize.progress?.retryAt = now.monotonic + Self.resizeRetry
        if progress.error == message { return }
        resize.progress?.error = message
        effects.append(
            .record(
                .resize(
                    resourcesOnly, reason: "ResizeError", state: "error", generation: progress.generation,
                    error: message)))
    }

    /// Whether the last agent's writes were all made is not known: they are made again.
    mutating func recoverResize() {
        resize.progress?.isRequested = false
        resize.progress?.retryAt = 0
    }

    private var resourcesOnly: Pod {
        func list(_ containers: [ContainerMachine]) -> [Container] {
            containers.map { Container(name: $0.name, resources: $0.resources) }
        }
        var pod = Pod()
        pod.spec.initContainers = list(containers.filter(\.isInit))
        pod.spec.containers = list(containers.filter { $0.kind == .regular })
        return pod
    }
}

extension ContainerMachine {
    /// One of its resources changes whose resizePolicy is RestartContainer.
    fileprivate var mustRestartToResize: Bool {
        guard let former = formerResources else { return false }
        return rules.resizesByRestart.contains {
            former.limits[$0] != resources.limits[$0] || former.requests[$0] != resources.requests[$0]
        }
    }

    fileprivate mutating func allocate(_ new: ResourceRequirements) {
        if new == resources { return }
        if isAlive {
            let actual = formerResources ?? resources
            formerResources = actual == new ? nil : actual
        }
        resources = new
        forgetBackoff()
    }
}

extension PodEvent {
    /// In the words of pkg/kubelet/events/pod.go: the resources as JSON, keys in Go's order.
    fileprivate static func resize(
        _ pod: Pod, reason: String, state: String, generation: Int64, error: String = ""
    ) -> PodEvent {
        func list(_ containers: [Container]) -> Value {
            .array(
                containers.map {
                    let resources = (try? NodeEncoder.encode($0.resources))?.sortedByKey ?? .null
                    return .object([("name", .string($0.name)), ("resources", resources)])
                })
        }
        var members: [(key: String, value: Value)] = [
            ("containers", list(pod.spec.containers)), ("generation", .int(generation)),
        ]
        if !pod.spec.initContainers.isEmpty { members.insert(("initContainers", list(pod.spec.initContainers)), at: 0) }
        if !error.isEmpty { members.append(("error", .string(error))) }
        return PodEvent(
            type: error.isEmpty ? "Normal" : "Warning", reason: reason,
            message: "Pod resize \(state): \(Value.object(members).jsonText(pretty: false))")
    }
}
