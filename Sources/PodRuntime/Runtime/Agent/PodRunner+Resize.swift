import PodLinux
import PodModel
import PodPlanning

/// Resources of a pod that is there.
extension PodRunner {
    /// The pod as its processes are made: with the resources that it is allocated.
    var allocatedPod: Pod { machine.allocated(pod) }

    /// Has the pod's spec and what it is allocated agree, if the host has what the spec asks for. Asked again when other
    /// pods give something back.
    func considerResize() {
        let allocated = allocatedPod
        let isAllocated = machine.hasAllocated(pod)
        if isAllocated, machine.resize.pending == nil { return }
        if machine.deletionTimestamp != nil || machine.isFinished { return }
        let refusal =
            isAllocated
            ? nil : ResizeRefusal(of: pod, allocated: allocated, others: neighbours(), on: host.node)
        handle(.resize(to: pod, refusal: refusal))
        if isAllocated || refusal != nil { return }
        // What was planned, and volumes that show resources, are of the earlier ones.
        sandbox?.prepared = [:]
        shownObjects = [:]
        refreshPayloadVolumes()
    }

    /// Why the pod has not got the resources that its spec asks for, for who asked.
    var resizeProblem: String? {
        if let refusal = machine.resize.pending?.refusal { return "resize \(refusal.reason): \(refusal.message)" }
        guard let error = machine.resize.progress?.error, !error.isEmpty else { return nil }
        return "resize Error: \(error); it is tried again"
    }

    func resizeCgroups(_ containers: [String]) {
        let resize = CgroupResize(to: allocatedPod, containers: containers, on: host.node.cgroup) {
            host.cgroups.value($1, of: $0)
        }
        if let problem = resize.problem(usage: { host.cgroups.value("memory.current", of: $0).flatMap { Int64($0) } }) {
            return handle(.resizeFailed(message: problem))
        }
        do {
            for step in resize.steps { try host.cgroups.make(step) }
            handle(.cgroupsResized(containers: containers))
        } catch {
            handle(.resizeFailed(message: "\(error)"))
        }
    }
}
