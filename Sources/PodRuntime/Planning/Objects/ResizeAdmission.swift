import PodModel

extension ResizeRefusal {
    /// Whether the host lacks what a pod's spec asks for above what the pod is allocated (kubelet canResizePod). What
    /// does not grow always fits: the host may have less than when the pods were let in.
    ///
    /// - Parameters:
    ///   - allocated: the pod as it is now.
    ///   - others: all other pods that are not finished, with what they are allocated.
    package init?(of pod: Pod, allocated: Pod, others: [Pod], on node: NodeFacts) {
        let wanted = PodResources(pod).requests
        let now = PodResources(allocated).requests
        let used = others.map { PodResources($0).requests }.reduce(PodResources.Amounts(), +)
        let before = now.shares(used: used, of: PodResources.Amounts(node))
        let shares = zip(wanted.shares(used: used, of: PodResources.Amounts(node)), before).prefix(2)
            .filter { $0.requested > $1.requested }.map(\.0)

        if let share = shares.last(where: { $0.requested > $0.capacity }) {
            self.init(
                reason: "Infeasible",
                message: "Node didn't have enough capacity: \(share.name), requested: \(share.requested), "
                    + "capacity: \(share.capacity)")
            return
        }
        if let share = shares.first(where: \.isLacking) {
            self.init(reason: "Deferred", message: share.message)
            return
        }
        return nil
    }
}
