import PodModel

/// The way of a pod's cgroups from what their files say to what the pod is allocated, on which no limit is above that of
/// the pod (kuberuntime_manager.go, doPodResizeAction): memory, then CPU; the pod first where it gets more, last where it
/// gets less; of the containers those first that get less.
package struct CgroupResize: Sendable, Equatable {
    /// A memory limit that is lowered.
    package struct Lowering: Sendable, Equatable {
        package var path: String
        /// nil: the pod's.
        package var container: String?
        package var limit: Int64
    }

    /// In this order; each writes one file.
    package private(set) var steps: [CgroupPlan] = []
    package private(set) var lowerings: [Lowering] = []

    private struct Change {
        let step: CgroupPlan
        let amount: Int64
        /// Positive: more.
        let difference: Int64

        init(_ plan: CgroupPlan, _ write: CgroupWrite, from current: String?) {
            step = CgroupPlan(path: plan.path, writes: [write])
            amount = Self.amount(write.value)
            let before = Self.amount(current)
            difference = amount == before ? 0 : amount > before ? 1 : -1
        }

        /// The first number; without one there is no limit.
        private static func amount(_ value: String?) -> Int64 {
            value?.split(separator: " ").first.flatMap { Int64($0) } ?? .max
        }
    }

    /// - Parameters:
    ///   - pod: with the resources that it is allocated.
    ///   - containers: those that have other ones.
    ///   - current: what a file of a cgroup says; nil: that is not known.
    package init(
        to pod: Pod, containers names: [String], on support: CgroupSupport,
        current: (_ path: String, _ file: String) -> String?
    ) {
        let podPlan = CgroupPlan.pod(pod, on: support)
        let containers = names.compactMap { name in
            pod.container(name).map { (name: name, plan: CgroupPlan.container($0, in: pod, on: support)) }
        }
        func change(_ plan: CgroupPlan, _ file: String) -> Change? {
            guard let write = plan.writes.first(where: { $0.file == file }) else { return nil }
            return Change(plan, write, from: current(plan.path, file))
        }
        for file in ["memory.max", "cpu.max", "cpu.weight"] {
            let whole = change(podPlan, file)
            let parts = containers.compactMap { change($0.plan, file) }
            if let whole, whole.difference > 0 { steps.append(whole.step) }
            steps += parts.filter { $0.difference < 0 }.map(\.step) + parts.filter { $0.difference > 0 }.map(\.step)
            if let whole, whole.difference < 0 { steps.append(whole.step) }
        }
        func lower(_ plan: CgroupPlan, _ container: String?) {
            guard let change = change(plan, "memory.max"), change.difference < 0 else { return }
            lowerings.append(Lowering(path: plan.path, container: container, limit: change.amount))
        }
        lower(podPlan, nil)
        for container in containers { lower(container.plan, container.name) }
    }

    /// The kubelet's words for limits that would be below what is used already; nil: there are none.
    ///
    /// - Parameter usage: bytes of memory that a cgroup uses; nil: that is not known.
    package func problem(usage: (_ path: String) -> Int64?) -> String? {
        let problems = lowerings.compactMap { lowering -> String? in
            guard let used = usage(lowering.path) else {
                return lowering.container.map { "missing container \(quoted($0)) memory usage" }
                    ?? "missing pod memory usage"
            }
            if used < lowering.limit { return nil }
            let subject = lowering.container.map { "container \(quoted($0))" } ?? "pod"
            return "attempting to set \(subject) memory limit (\(lowering.limit)) below current usage (\(used))"
        }
        guard let first = problems.first else { return nil }
        return "cannot decrease memory limits: "
            + (problems.count == 1 ? first : "[\(problems.joined(separator: ", "))]")
    }
}
