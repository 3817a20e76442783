import PodModel

/// Why the host can't take a pod at all (pkg/kubelet/lifecycle/predicate.go); the pod stays, Failed.
package struct PodRejection: Sendable, Equatable {
    /// OutOfcpu and the like.
    package var reason: String
    package var message: String

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

extension PodRejection {
    /// Whether the host lacks what a new pod requests beside all others.
    ///
    /// - Parameter others: all other pods that are not finished, with what they are allocated.
    package init?(of pod: Pod, others: [Pod], on node: NodeFacts) {
        let wanted = PodResources(pod).requests
        let used = others.map { PodResources($0).requests }.reduce(PodResources.Amounts(), +)
        guard let lack = wanted.shares(used: used, of: PodResources.Amounts(node)).first(where: \.isLacking) else {
            return nil
        }
        self.init(reason: "OutOf\(lack.name)", message: lack.message)
    }
}

extension PodResources.Amounts {
    /// What a host has of one resource and what of it is wanted: CPU in thousandths, the others in bytes.
    struct Share {
        var name: String
        var requested: Int64
        var used: Int64
        var capacity: Int64

        /// What is not asked for is never missing.
        var isLacking: Bool { requested > 0 && saturatingSum(requested, used) > capacity }

        var message: String {
            "Node didn't have enough resource: \(name), requested: \(requested), used: \(used), capacity: \(capacity)"
        }
    }

    /// All that a host has: podrun sets nothing aside.
    init(_ node: NodeFacts) {
        self.init(
            milliCPU: Int64(node.cpuCount) * 1000, memory: node.memoryBytes,
            // 0: the disk's size is not known.
            ephemeralStorage: node.diskBytes > 0 ? node.diskBytes : .max, hugePages: node.hugePages)
    }

    /// In the scheduler's order (noderesources/fit.go, fitsRequest).
    func shares(used: Self, of capacity: Self) -> [Share] {
        [
            Share(name: "cpu", requested: milliCPU, used: used.milliCPU, capacity: capacity.milliCPU),
            Share(name: "memory", requested: memory, used: used.memory, capacity: capacity.memory),
            Share(
                name: "ephemeral-storage", requested: ephemeralStorage, used: used.ephemeralStorage,
                capacity: capacity.ephemeralStorage),
        ]
            + hugePages.sorted { $0.key < $1.key }.map { name, bytes in
                Share(
                    name: name, requested: bytes, used: used.hugePages[name] ?? 0,
                    capacity: capacity.hugePages[name] ?? 0)
            }
    }
}
