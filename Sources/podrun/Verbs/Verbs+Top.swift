import Glibc
import PodLinux
import PodModel
import PodPlanning

extension Verbs {
    /// For how long it is measured, microseconds.
    private static let window: useconds_t = 500_000

    /// The agent only says which pods there are; what they use is read here.
    func topPod(_ options: TopPodOptions) throws -> Int32 {
        let support = HostFacts.read().cgroup
        guard let root = support.root else {
            throw CommandFailure(
                "this host has no cgroup v2, which knows what a pod uses: mount it "
                    + "(mount -t cgroup2 none /sys/fs/cgroup/unified) or boot with "
                    + "systemd.unified_cgroup_hierarchy=1")
        }
        let answer = try fetch(
            namespace: options.namespace, names: options.name.map { [$0] } ?? [], selector: options.fieldSelector,
            labels: options.labels)
        if let failure = answer.failure { throw failure }
        let tree = CgroupTree(support: support)
        let start = measure(answer.pods, tree)
        usleep(Self.window)
        let end = measure(answer.pods, tree)
        let table = UsageTable(
            pods: zip(answer.pods, zip(start, end)).map { pod, usages in
                PodUsage(pod: pod, from: usages.0, to: usages.1)
            }, options)
        if table.isEmpty {
            if let name = options.name, !answer.pods.isEmpty {
                throw CommandFailure("pod \"\(name)\" has no container that runs")
            }
            reportNothing(in: options.namespace)
            return 0
        }
        if !support.controllers.contains("memory") {
            Console.warn(
                "Warning: \(root) has no memory controller: memory is what processes have, shared pages in parts")
        }
        try Console.print(table.text)
        return 0
    }

    /// By container; only of those that have a cgroup.
    private func measure(_ pods: [Pod], _ tree: CgroupTree) -> [[String: Measurement]] {
        pods.map { pod in
            var usages: [String: Measurement] = [:]
            for status in pod.runningContainers {
                guard let usage = tree.usage(of: CgroupPlan.containerPath(status.name, in: pod)) else { continue }
                usages[status.name] = Measurement(usage: usage, nanoseconds: Clock.monotonic().nanoseconds)
            }
            return usages
        }
    }

    func topNode(_ options: TopNodeOptions) throws -> Int32 {
        let node = HostFacts.read()
        if let name = options.name, name != node.hostName {
            throw CommandFailure("Error from server (NotFound): nodes \"\(name)\" not found")
        }
        let start = try HostUsage.read()
        usleep(Self.window)
        let table = UsageTable.node(node, from: start, to: try HostUsage.read())
        try Console.print(table.text(showsHeader: options.headers))
        return 0
    }
}

extension Pod {
    fileprivate var runningContainers: [ContainerStatus] {
        (status.initContainerStatuses + status.containerStatuses + status.ephemeralContainerStatuses)
            .filter { $0.state.running != nil }
    }
}
