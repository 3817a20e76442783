import PodModel

/// `oom_score_adj` as the kubelet sets it (pkg/kubelet/qos/policy.go).
package enum OOMScore {
    package static let pause = -998
    private static let guaranteed = -997
    private static let bestEffort = 1000

    package static func adjust(of container: Container, in pod: Pod, nodeMemory: Int64) -> Int {
        switch pod.qosClass {
        case .guaranteed: return guaranteed
        case .bestEffort: return bestEffort
        case .burstable: break
        }
        let share = unclaimedMemory(of: pod)
        let own = burstable(saturatingSum(memoryRequest(of: container), share), nodeMemory: nodeMemory)
        // A sidecar goes no earlier than the regular container that asks for least.
        guard container.restartPolicy == "Always",
            pod.spec.initContainers.contains(where: { $0.name == container.name }),
            let smallest = pod.spec.containers.map(memoryRequest).min()
        else { return own }
        return min(own, burstable(saturatingSum(smallest, share), nodeMemory: nodeMemory))
    }

    /// Each container's part of what the pod as a whole requests above them all.
    private static func unclaimedMemory(of pod: Pod) -> Int64 {
        guard let whole = pod.spec.resources?.requests["memory"]?.value, whole > 0 else { return 0 }
        let claimed = pod.spec.aggregate(\.resources.requests)["memory"]?.value ?? 0
        return (whole - claimed) / Int64(max(1, pod.spec.containers.count + pod.spec.initContainers.count))
    }

    private static func memoryRequest(of container: Container) -> Int64 {
        container.resources.requests["memory"]?.value ?? container.resources.limits["memory"]?.value ?? 0
    }

    /// 3 to 999: never like a Guaranteed pod's container, never like a BestEffort one's.
    private static func burstable(_ request: Int64, nodeMemory: Int64) -> Int {
        guard nodeMemory > 0 else { return 999 }
        let (scaled, overflow) = request.multipliedReportingOverflow(by: 1000)
        return overflow ? 3 : min(max(1000 - Int(clamping: scaled / nodeMemory), 3), 999)
    }
}
