import PodModel

/// One cgroup v2 directory and what goes into its files, in this order.
package struct CgroupPlan: Sendable, Equatable {
    /// Relative to `CgroupSupport.root`: `podrun/burstable/pod<uid>/web`.
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

/// One line of a cgroup's device allow list; what no line allows is EPERM.
package struct DeviceRule: Sendable, Equatable {
    /// `c` (character), `b` (block) or `a` (both).
    package var type: Character
    /// nil is any.
    package var major: UInt32?
    package var minor: UInt32?
    /// Of `r`, `w` and `m` (mknod).
    package var access: String

    package var text: String {
        "\(type) \(major.map { String($0) } ?? "*"):\(minor.map { String($0) } ?? "*") \(access)"
    }

    /// What a container may open (docs: container-env section 4); making any node is allowed, opening it is not.
    package static let containerDefault: [DeviceRule] =
        [
            DeviceRule(type: "c", major: nil, minor: nil, access: "m"),
            DeviceRule(type: "b", major: nil, minor: nil, access: "m"),
        ]
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2)].map {
            DeviceRule(type: "c", major: $0.0, minor: $0.1, access: "rwm")
        } + [DeviceRule(type: "c", major: 136, minor: nil, access: "rwm")]

    package static let everything = [DeviceRule(type: "a", major: nil, minor: nil, access: "rwm")]
}

extension CgroupPlan {
    /// The name of podrun's tree below the host's root.
    package static let treeName = "podrun"
    /// Most processes and threads of a pod, the pause included (docs: container-env section 10).
    package static let maximumProcesses = 2048
    /// Leaf of the pod's pause.
    package static let pauseLeaf = "pause"

    /// What podrun enables for children where the host has it.
    private static let usedControllers = ["cpu", "memory", "pids"]

    package static func childControllers(on support: CgroupSupport) -> [String] {
        usedControllers.filter(support.controllers.contains)
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

    /// The pod's cgroup: sums over its containers, in the kubelet's formulas. Limits only where every container declares
    /// one, else the others would be limited by what they never asked for.
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
        return CgroupPlan(
            path: podPath(pod), writes: enforceable(writes, on: support), childControllers: childControllers(on: support))
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
        let requestCPU = resources.requests["cpu"]?.milliValue ?? resources.limits["cpu"]?.milliValue ?? 0
        let shares = CPUWeight.shares(milliCPU: requestCPU)
        let writes = [
            CgroupWrite("cpu.weight", String(CPUWeight.container(shares: shares))),
            CgroupWrite("cpu.max", cpuMaximum(milliCPU: limitCPU ?? 0)),
            CgroupWrite("memory.max", (limitMemory ?? 0) > 0 ? String(limitMemory ?? 0) : "max"),
            // No swap: what goes over the limit is killed, not slowed down (the kubelet's NoSwap).
            CgroupWrite("memory.swap.max", "0", isOptional: true),
            // One process over the limit ends the container, not a random part of it.
            CgroupWrite("memory.oom.group", "1", isOptional: true),
        ]
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

/// What a pod as a whole asks for.
struct PodResources {
    struct Amounts: Equatable {
        var milliCPU: Int64 = 0
        var memory: Int64 = 0

        static func + (a: Amounts, b: Amounts) -> Amounts {
            Amounts(milliCPU: saturatingSum(a.milliCPU, b.milliCPU), memory: saturatingSum(a.memory, b.memory))
        }

        static func maximum(_ a: Amounts, _ b: Amounts) -> Amounts {
            Amounts(milliCPU: max(a.milliCPU, b.milliCPU), memory: max(a.memory, b.memory))
        }
    }

    var requests: Amounts
    var limits: Amounts
    /// Every container, init containers included, declares such a limit (or the pod does).
    var allLimitCPU: Bool
    var allLimitMemory: Bool

    init(_ pod: Pod) {
        let containers = pod.spec.containers + pod.spec.initContainers
        requests = PodResources.effective(pod) { container in
            PodResources.amounts(container.resources.limits)
                .replaced(by: container.resources.requests)
        }
        limits = PodResources.effective(pod) { PodResources.amounts($0.resources.limits) }
        allLimitCPU = containers.allSatisfy { ($0.resources.limits["cpu"]?.milliValue ?? 0) > 0 }
        allLimitMemory = containers.allSatisfy { ($0.resources.limits["memory"]?.value ?? 0) > 0 }
        let overhead = PodResources.amounts(pod.spec.overhead)
        if let whole = pod.spec.resources {
            requests = requests.replaced(by: whole.limits).replaced(by: whole.requests)
            limits = limits.replaced(by: whole.limits)
            allLimitCPU = allLimitCPU || whole.limits["cpu"] != nil
            allLimitMemory = allLimitMemory || whole.limits["memory"] != nil
        }
        requests = requests + overhead
        if allLimitCPU { limits.milliCPU = saturatingSum(limits.milliCPU, overhead.milliCPU) }
        if allLimitMemory { limits.memory = saturatingSum(limits.memory, overhead.memory) }
    }

    static func amounts(_ quantities: [String: Quantity]) -> Amounts {
        Amounts(milliCPU: quantities["cpu"]?.milliValue ?? 0, memory: quantities["memory"]?.value ?? 0)
    }

    /// Regular containers and sidecars run together; each init container runs with the sidecars declared before it.
    private static func effective(_ pod: Pod, _ amounts: (Container) -> Amounts) -> Amounts {
        var sidecars = Amounts()
        var initPeak = Amounts()
        for container in pod.spec.initContainers {
            if container.restartPolicy == "Always" {
                sidecars = sidecars + amounts(container)
                initPeak = Amounts.maximum(initPeak, sidecars)
            } else {
                initPeak = Amounts.maximum(initPeak, amounts(container) + sidecars)
            }
        }
        let together = pod.spec.containers.map(amounts).reduce(sidecars, +)
        return Amounts.maximum(together, initPeak)
    }
}

extension PodResources.Amounts {
    func replaced(by quantities: [String: Quantity]) -> PodResources.Amounts {
        PodResources.Amounts(
            milliCPU: quantities["cpu"]?.milliValue ?? milliCPU, memory: quantities["memory"]?.value ?? memory)
    }
}

func saturatingSum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? Int64.max : sum
}
