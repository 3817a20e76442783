import PodModel

/// One cgroup v2 directory and what goes into its files, in this order.
package struct CgroupPlan: Sendable, Equatable {
    /// Relative to `CgroupSupport.parent`: `podrun/burstable/pod<uid>/web`.
    package var path: String
    package var writes: [CgroupWrite]
    /// Controllers to enable for its children (`cgroup.subtree_control`), before a child is made.
    package var childControllers: [String]
    /// Devices that processes in it may use; nil: this level does not say.
    package var devices: [DeviceRule]?

    package init(
        path: String, writes: [CgroupWrite] = [], childControllers: [String] = [], devices: [DeviceRule]? = nil
    ) {
        self.path = path
        self.writes = writes
        self.childControllers = childControllers
        self.devices = devices
    }
}

package struct CgroupWrite: Sendable, Equatable {
    package var file: String
    package var value: String
    /// The kernel may be built or booted without this file: ENOENT is no failure.
    package var isOptional: Bool

    package init(_ file: String, _ value: String, isOptional: Bool = false) {
        self.file = file
        self.value = value
        self.isOptional = isOptional
    }

    /// "memory" of `memory.max`.
    var controller: String { String(file.prefix { $0 != "." }) }
}

extension CgroupPlan {
    /// The name of podrun's tree in `CgroupSupport.parent`.
    package static let treeName = "podrun"
    /// Most processes and threads of a pod, the pause included (docs: container-env section 10).
    package static let maximumProcesses = 2048
    /// Leaf of the pod's pause.
    package static let pauseLeaf = "pause"

    /// What podrun enables for children where the host has it.
    private static let usedControllers = ["cpu", "memory", "pids"]

    package static func childControllers(on support: CgroupSupport) -> [String] {
        (usedControllers + (support.hugePages.isEmpty ? [] : ["hugetlb"])).filter(support.controllers.contains)
    }

    /// Who is given no huge pages gets none (cgroup_manager_linux.go, maybeSetHugetlb).
    private static func hugePageWrites(_ bytes: [String: Int64], on support: CgroupSupport) -> [CgroupWrite] {
        support.hugePages.map { name in
            // The kernel calls 2Mi 2MB.
            let size = name.dropFirst("hugepages-".count).dropLast() + "B"
            return CgroupWrite("hugetlb.\(size).max", String(bytes[name] ?? 0))
        }
    }

    /// Directory of the pod's QoS class: Guaranteed pods are directly below the root.
    package static func qosPath(_ qosClass: QoSClass) -> String {
        switch qosClass {
        case .guaranteed: return treeName
        case .burstable: return treeName + "/burstable"
        case .bestEffort: return treeName + "/besteffort"
        }
    }

    package static func podPath(_ pod: Pod) -> String { "\(qosPath(pod.qosClass))/pod\(pod.metadata.uid)" }

    /// Leaf of a container. A container may be called like pause's leaf; no container name holds a dot.
    package static func containerPath(_ name: String, in pod: Pod) -> String {
        "\(podPath(pod))/\(name == pauseLeaf ? name + ".container" : name)"
    }

    /// Whether a process with this text in its /proc/<pid>/cgroup belongs to a pod: no process of one can leave its cgroup.
    package static func isOfPod(_ text: String) -> Bool {
        let levels = [treeName] + [QoSClass.burstable, .bestEffort].map(qosPath)
        return text.split(separator: "\n").contains { line in
            line.hasPrefix("0::") && levels.contains { line.contains("/\($0)/pod") }
        }
    }

    /// The levels above the pods. `pods`: all that are not finished; their burstable requests give that level's weight,
    /// so it is written again when pods come and go.
    package static func tree(pods: [Pod], on support: CgroupSupport) -> [CgroupPlan] {
        let controllers = childControllers(on: support)
        let milliCPU = pods.filter { $0.qosClass == .burstable }
            .map { PodResources($0).requests.milliCPU }.reduce(0, saturatingSum)
        func level(_ path: String, shares: Int64) -> CgroupPlan {
            let writes = [CgroupWrite("cpu.weight", String(CPUWeight.linear(shares: shares)))]
            return CgroupPlan(path: path, writes: enforceable(writes, on: support), childControllers: controllers)
        }
        return [
            CgroupPlan(path: treeName, childControllers: controllers),
            level(qosPath(.burstable), shares: CPUWeight.shares(milliCPU: milliCPU)),
            level(qosPath(.bestEffort), shares: CPUWeight.minimumShares),
        ]
    }

    /// The pod's cgroup: sums over its containers, in the kubelet's formulas. Limits only where every container
    /// declares one, else the others would be limited by what they never asked for.
    package static func pod(_ pod: Pod, on support: CgroupSupport) -> CgroupPlan {
        let resources = PodResources(pod)
        let qosClass = pod.qosClass
        let shares =
            qosClass == .bestEffort
            ? CPUWeight.minimumShares : CPUWeight.shares(milliCPU: resources.requests.milliCPU)
        var writes = [CgroupWrite("cpu.weight", String(CPUWeight.linear(shares: shares)))]
        if qosClass != .bestEffort, resources.allLimitCPU {
            writes.append(CgroupWrite("cpu.max", cpuMaximum(milliCPU: resources.limits.milliCPU)))
        }
        if qosClass != .bestEffort, resources.allLimitMemory {
            writes.append(CgroupWrite("memory.max", String(resources.limits.memory)))
        }
        writes.append(CgroupWrite("pids.max", String(maximumProcesses)))
        writes += hugePageWrites(resources.limits.hugePages, on: support)
        return CgroupPlan(
            path: podPath(pod), writes: enforceable(writes, on: support),
            childControllers: childControllers(on: support))
    }

    package static func pause(in pod: Pod, on support: CgroupSupport) -> CgroupPlan {
        CgroupPlan(
            path: "\(podPath(pod))/\(pauseLeaf)", writes: enforceable([CgroupWrite("cpu.weight", "1")], on: support),
            devices: [])
    }

    package static func container(_ container: Container, in pod: Pod, on support: CgroupSupport) -> CgroupPlan {
        let resources = container.resources
        let limitCPU = resources.limits["cpu"]?.milliValue ?? pod.spec.resources?.limits["cpu"]?.milliValue
        let limitMemory = resources.limits["memory"]?.value ?? pod.spec.resources?.limits["memory"]?.value
        // A limit without a request is the request too (API defaulting; here for pods that came without it).
        let requestCPU = resources.requests["cpu"]?.milliValue ?? limitCPU ?? 0
        let shares = CPUWeight.shares(milliCPU: requestCPU)
        var writes = [
            CgroupWrite("cpu.weight", String(CPUWeight.container(shares: shares))),
            CgroupWrite("cpu.max", cpuMaximum(milliCPU: limitCPU ?? 0)),
            CgroupWrite("memory.max", (limitMemory ?? 0) > 0 ? String(limitMemory ?? 0) : "max"),
            // No swap: what goes over the limit is killed, not slowed down (the kubelet's NoSwap).
            CgroupWrite("memory.swap.max", "0", isOptional: true),
            // One process over the limit ends the container, not a random part of it.
            CgroupWrite("memory.oom.group", "1", isOptional: true),
        ]
        let hugePages = PodResources.amounts(pod.spec.resources?.limits ?? [:]).replaced(by: resources.limits).hugePages
        writes += hugePageWrites(hugePages, on: support)
        let isPrivileged = container.securityContext?.privileged ?? false
        return CgroupPlan(
            path: containerPath(container.name, in: pod), writes: enforceable(writes, on: support),
            devices: isPrivileged ? DeviceRule.everything : DeviceRule.containerDefault)
    }

    /// `cpu.max` for a limit in thousandths of a CPU: quota and period in microseconds; 0 is no limit.
    package static func cpuMaximum(milliCPU: Int64) -> String {
        let period: Int64 = 100_000
        guard milliCPU > 0 else { return "max \(period)" }
        let (quota, overflow) = milliCPU.multipliedReportingOverflow(by: period / 1000)
        // The kernel takes no quota below 1 ms.
        return overflow ? "max \(period)" : "\(max(quota, 1000)) \(period)"
    }

    /// What the host's controllers can take: the file of another controller does not exist.
    private static func enforceable(_ writes: [CgroupWrite], on support: CgroupSupport) -> [CgroupWrite] {
        writes.filter { support.controllers.contains($0.controller) }
    }
}
