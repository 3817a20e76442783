import PodLinux
import PodModel
import PodPlanning

extension PodNamespaces {
    /// Reads them from /proc. What has ended has no processes.
    init(of pod: Pod, cgroups: CgroupTree) {
        func member(_ name: String, _ path: String) -> Member {
            // A parent is older than its children, and podrun's process is the oldest.
            Member(name: name, processes: cgroups.processes(path).compactMap { ProcessNamespaces.read($0) })
        }
        self.init(
            name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid,
            address: pod.status.podIP, host: ProcessNamespaces.own(),
            members: [member(Self.pauseName, Self.pausePath(of: pod))]
                + pod.allContainers.map { member($0.name, CgroupPlan.containerPath($0.name, in: pod)) })
        for index in members.indices { members[index].processes = Self.inOrder(members[index].processes) }
    }

    static func pausePath(of pod: Pod) -> String { "\(CgroupPlan.podPath(pod))/\(CgroupPlan.pauseLeaf)" }

    /// The container's first process before those that exec brought in.
    private static func inOrder(_ processes: [ProcessNamespaces]) -> [ProcessNamespaces] {
        let first = processes.firstIndex { $0.innerID == 1 } ?? processes.startIndex
        guard processes.indices.contains(first) else { return [] }
        return [processes[first]] + processes[..<first] + processes[(first + 1)...]
    }
}
