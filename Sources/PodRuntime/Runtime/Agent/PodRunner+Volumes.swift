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
            } catch {
                record(PodEvent(type: "Warning", reason: "FailedMount", message: error.description))
            }
        }
    }

    private func update(_ plan: PayloadVolumePlan, isNew: Bool) throws(AgentError) {
        do {
            let resolution = PayloadResolution(pod: pod, node: host.node, configuration: configuration())
            guard let payload = try resolution.payload(of: plan.volume) else { return }
            if !isNew, shownPayloads[plan.name] == payload { return }
            if isNew { try host.make(plan.directories, []) }
            try AtomicVolume(plan.path).write(payload, group: plan.group, now: host.now().wall)
            shownPayloads[plan.name] = payload
        } catch {
            throw AgentError("MountVolume.SetUp failed for volume \"\(plan.name)\" : \(error)")
        }
    }
}
