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
        let own = burstable(memoryRequest(of: container), nodeMemory: nodeMemory)
        // A sidecar goes no earlier than the regular container that asks for least.
        guard container.restartPolicy == "Always",
            pod.spec.initContainers.contains(where: { $0.name == container.name }),
            let smallest = pod.spec.containers.map(memoryRequest).min()
        else { return own }
        return min(own, burstable(smallest, nodeMemory: nodeMemory))
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
