import PodModel

extension CgroupPlan {
    /// Controllers that the pod's limits need and the host does not give. Requests need none: without the cpu
    /// controller they only lose their weight against each other.
    package static func missingControllers(for pod: Pod, on support: CgroupSupport) -> [String] {
        let limits =
            (pod.spec.containers + pod.spec.initContainers).map(\.resources.limits)
            + [pod.spec.resources?.limits ?? [:]]
        return ["cpu", "memory", "hugetlb"].filter { controller in
            !support.controllers.contains(controller)
                && limits.contains { $0.keys.contains { $0.isHugePages ? controller == "hugetlb" : $0 == controller } }
        }
    }

    /// Why this host can't hold the pod to its limits, and what helps; nil when it can.
    package static func enforcementError(for pod: Pod, on support: CgroupSupport) -> String? {
        let missing = missingControllers(for: pod, on: support)
        guard !missing.isEmpty else { return nil }
        let names = missing.map(quoted).joined(separator: " and ")
        let plural = missing.count > 1 ? "controllers" : "controller"
        return "pod \(quoted(pod.metadata.name)) sets \(missing.map { $0 + " limits" }.joined(separator: " and ")), "
            + "but this host has no cgroup v2 \(names) \(plural): \(fix(missing, on: support)); "
            + "or run the pod without its limits: --without-enforcement"
    }

    private static func fix(_ missing: [String], on support: CgroupSupport) -> String {
        guard let root = support.root else {
            return "mount cgroup v2 on /sys/fs/cgroup (boot with systemd.unified_cgroup_hierarchy=1)"
        }
        if !support.isUnified {
            return "cgroup v1 holds \(missing.count > 1 ? "them" : "it"): boot with systemd.unified_cgroup_hierarchy=1"
        }
        return "enable it in \(root)/cgroup.subtree_control, or boot with "
            + missing.map { "cgroup_enable=\($0)" }.joined(separator: " ")
    }
}
