import PodLinux
import PodModel
import PodPlanning

/// Volumes that show objects: written before the sandbox is made, and again whenever what they show has changed.
extension PodRunner {
    /// The pod's ConfigMaps and Secrets as it sees them: an immutable one stays as it was first seen, as with the kubelet,
    /// which stops watching it.
    func configuration() -> PodConfiguration {
        frozenConfiguration.see(host.objects.configuration(namespace: pod.metadata.namespace))
    }

    /// With the files that the container's environment refers to, as they are now. What is no regular file, too large or no
    /// text is not there.
    func configuration(for container: Container) -> PodConfiguration {
        var configuration = configuration()
        for (key, directory, path) in EnvironmentFile.all(of: container, in: pod, paths: host.paths) {
            let bytes = try? HostileFile.read(path, in: directory, limit: EnvironmentFile.maximumSize)
            configuration.files[key] = bytes.flatMap { String(validating: $0, as: UTF8.self) }
        }
        return configuration
    }

    /// Objects that a container's environment was made from: later processes in it get the same environment, whatever became
    /// of the objects since. In memory, as the Secrets among them must be, and for the next agent too.
    func keepConfiguration(_ configuration: PodConfiguration?, of container: String) throws {
        guard let configuration else { return }
        let uid = pod.metadata.uid
        let directory = host.paths.environmentsDirectory(uid)
        let parents = [host.paths.podsMemoryDirectory, host.paths.podMemoryDirectory(uid), directory]
        try host.make(
            parents.map { PlannedDirectory($0) },
            [PlannedFile("\(directory)/\(container).json", mode: 0o600, bytes: JSON.encode(configuration))])
    }

    /// What ``keepConfiguration(_:of:)`` kept for a container that runs.
    func keptConfiguration(of container: Container) throws -> PodConfiguration {
        guard PodConfiguration.none.used(by: container) != nil else { return .none }
        let path = "\(host.paths.environmentsDirectory(pod.metadata.uid))/\(container.name).json"
        return try JSON.decode(PodConfiguration.self, from: FileBytes.read(path, limit: 64 << 20))
    }

    /// How long a kubelet waits for a pod's volumes before it says which are missing (podAttachAndMountTimeout), nanoseconds.
    private static let mountTimeout: Int64 = .seconds(123)

    /// A volume can't be had: the pod waits, and is tried again.
    func mountsFailed(_ message: String) {
        let now = host.now().monotonic
        let since = mountsFailSince ?? now
        mountsFailSince = since
        if now - since >= Self.mountTimeout {
            mountsFailSince = now
            let names = unmountedVolumes.joined(separator: " ")
            record(
                PodEvent(
                    type: "Warning", reason: "FailedMount",
                    message: "Unable to attach or mount volumes: unmounted volumes=[\(names)], unattached volumes=[], "
                        + "failed to process volumes=[]: context deadline exceeded"))
        }
        handle(.sandboxFailed(reason: "FailedMount", message: message))
    }

    /// Those that show objects which are not there, and hostPaths that are not what they should be.
    private var unmountedVolumes: [String] {
        let configuration = configuration()
        return pod.spec.volumes.filter { volume in
            if HostPathPlan.all(in: pod).contains(where: { plan in
                plan.volume == volume.name && (try? HostPathVolume(plan).verify()) == nil
            }) {
                return true
            }
            guard PayloadVolumePlan.all(in: pod, paths: host.paths).contains(where: { $0.name == volume.name }) else {
                return false
            }
            let objects = configuration.used(by: volume)
            return (try? PayloadResolution(pod: pod, node: host.node, configuration: objects).payload(of: volume))
                == nil
        }.map(\.name).sorted()
    }

    /// Makes every such volume.
    /// - Throws: the kubelet's FailedMount text of the first that can't be had; the others' are events.
    func setUpPayloadVolumes() throws(AgentError) {
        var failures: [AgentError] = []
        for plan in PayloadVolumePlan.all(in: pod, paths: host.paths) {
            do throws(AgentError) {
                try update(plan, isNew: true)
            } catch {
                failures.append(error)
            }
        }
        for failure in failures.dropFirst() {
            record(PodEvent(type: "Warning", reason: "FailedMount", message: failure.description))
        }
        if let failure = failures.first { throw failure }
    }

    /// Shows objects as they are now in a pod that has its volumes. What can't be had any more stays as it was.
    func refreshPayloadVolumes() {
        guard machine.sandbox == .ready || machine.sandbox == .creating, machine.deletionTimestamp == nil else {
            return
        }
        for plan in PayloadVolumePlan.all(in: pod, paths: host.paths) {
            do throws(AgentError) {
                try update(plan, isNew: false)
                toldFailures[plan.name] = nil
            } catch  where toldFailures[plan.name] != error.description {
                // Once: objects that have nothing to do with it change, too.
                toldFailures[plan.name] = error.description
                record(PodEvent(type: "Warning", reason: "FailedMount", message: error.description))
            } catch {
                continue
            }
        }
    }

    /// No process of the pod is left: what it had of Secrets goes, also when the pod only ended and is kept. A new sandbox gets
    /// it again.
    func removeMemoryFiles() {
        shownObjects = [:]
        do {
            try host.removeTree(host.paths.podMemoryDirectory(pod.metadata.uid))
        } catch {
            host.log("pod \"\(pod.metadata.name)\": \(error)")
        }
    }

    private func update(_ plan: PayloadVolumePlan, isNew: Bool) throws(AgentError) {
        let objects = configuration().used(by: plan.volume)
        if !isNew, shownObjects[plan.name] == objects { return }
        do {
            let resolution = PayloadResolution(pod: allocatedPod, node: host.node, configuration: objects)
            guard let payload = try resolution.payload(of: plan.volume) else { return }
            if isNew { try host.make(plan.directories, []) }
            try AtomicVolume(plan.path).write(payload, group: plan.group, now: host.now().wall)
            shownObjects[plan.name] = objects
        } catch {
            throw AgentError("MountVolume.SetUp failed for volume \"\(plan.name)\" : \(error)")
        }
    }
}
