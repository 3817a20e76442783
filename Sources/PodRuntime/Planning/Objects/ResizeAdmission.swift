import PodModel

extension ResizeRefusal {
    /// Whether the host lacks what a pod's spec asks for above what the pod is allocated (kubelet canResizePod). What
    /// does not grow always fits: podrun lets more pods in than their requests would allow.
    ///
    /// - Parameters:
    ///   - allocated: the pod as it is now.
    ///   - others: all other pods that are not finished, with what they are allocated.
    package init?(of pod: Pod, allocated: Pod, others: [Pod], on node: NodeFacts) {
        typealias Amounts = PodResources.Amounts
        let wanted = PodResources(pod).requests
        let now = PodResources(allocated).requests
        let capacity = Amounts(milliCPU: Int64(node.cpuCount) * 1000, memory: node.memoryBytes)
        let used = others.map { PodResources($0).requests }.reduce(Amounts(), +)
        func grows(_ part: KeyPath<Amounts, Int64>) -> Bool { wanted[keyPath: part] > now[keyPath: part] }

        let parts: [(name: String, part: KeyPath<Amounts, Int64>)] = [("memory", \.memory), ("cpu", \.milliCPU)]
        for (name, part) in parts where grows(part) && wanted[keyPath: part] > capacity[keyPath: part] {
            self.init(
                reason: "Infeasible",
                message: "Node didn't have enough capacity: \(name), requested: \(wanted[keyPath: part]), "
                    + "capacity: \(capacity[keyPath: part])")
            return
        }
        for (name, part) in parts.reversed()
        where grows(part) && saturatingSum(wanted[keyPath: part], used[keyPath: part]) > capacity[keyPath: part] {
            self.init(
                reason: "Deferred",
                message: "Node didn't have enough resource: \(name), requested: \(wanted[keyPath: part]), "
                    + "used: \(used[keyPath: part]), capacity: \(capacity[keyPath: part])")
            return
        }
        return nil
    }
}
