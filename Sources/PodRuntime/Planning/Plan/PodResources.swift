import PodModel

/// What a pod as a whole asks for.
struct PodResources {
    struct Amounts: Equatable {
        var milliCPU: Int64 = 0
        var memory: Int64 = 0
        var ephemeralStorage: Int64 = 0
        /// Bytes by the resource's name (`hugepages-2Mi`).
        var hugePages: [String: Int64] = [:]

        static func + (a: Amounts, b: Amounts) -> Amounts {
            Amounts(
                milliCPU: saturatingSum(a.milliCPU, b.milliCPU), memory: saturatingSum(a.memory, b.memory),
                ephemeralStorage: saturatingSum(a.ephemeralStorage, b.ephemeralStorage),
                hugePages: a.hugePages.merging(b.hugePages, uniquingKeysWith: saturatingSum))
        }
    }

    var requests: Amounts
    var limits: Amounts
    /// Every container, init containers included, declares such a limit (or the pod does).
    var allLimitCPU: Bool
    var allLimitMemory: Bool

    init(_ pod: Pod) {
        let containers = pod.spec.containers + pod.spec.initContainers
        requests = PodResources.amounts(
            pod.spec.aggregate { container in
                // A limit without a request is the request too (API defaulting; here for pods that came without it).
                container.resources.requests.merging(container.resources.limits) { request, _ in request }
            })
        limits = PodResources.amounts(pod.spec.aggregate(\.resources.limits))
        allLimitCPU = containers.allSatisfy { ($0.resources.limits["cpu"]?.milliValue ?? 0) > 0 }
        allLimitMemory = containers.allSatisfy { ($0.resources.limits["memory"]?.value ?? 0) > 0 }
        let overhead = PodResources.amounts(pod.spec.overhead)
        if let whole = pod.spec.resources {
            requests = requests.replaced(by: whole.requests)
            limits = limits.replaced(by: whole.limits)
            allLimitCPU = allLimitCPU || whole.limits["cpu"] != nil
            allLimitMemory = allLimitMemory || whole.limits["memory"] != nil
        }
        requests = requests + overhead
        if allLimitCPU { limits.milliCPU = saturatingSum(limits.milliCPU, overhead.milliCPU) }
        if allLimitMemory { limits.memory = saturatingSum(limits.memory, overhead.memory) }
    }

    static func amounts(_ quantities: [String: Quantity]) -> Amounts {
        Amounts().replaced(by: quantities)
    }
}

extension PodResources.Amounts {
    func replaced(by quantities: [String: Quantity]) -> PodResources.Amounts {
        PodResources.Amounts(
            milliCPU: quantities["cpu"]?.milliValue ?? milliCPU, memory: quantities["memory"]?.value ?? memory,
            ephemeralStorage: quantities["ephemeral-storage"]?.value ?? ephemeralStorage,
            hugePages: hugePages.merging(quantities.filter { $0.key.isHugePages }.mapValues(\.value)) { $1 })
    }
}

func saturatingSum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? Int64.max : sum
}
