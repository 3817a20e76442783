/// core/v1 PodQOSClass.
package enum QoSClass: String, Codable, Sendable {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"
}

extension Pod {
    /// Kubernetes' ComputePodQOS: cpu and memory of all containers and init containers, zeros ignored; with pod-level
    /// resources only those count.
    package var qosClass: QoSClass {
        let parts = spec.resources.map { [$0] } ?? (spec.containers + spec.initContainers).map(\.resources)
        var requests: [String: Quantity] = [:]
        var limits: [String: Quantity] = [:]
        var everyPartHasLimits = true
        for part in parts {
            for name in ["cpu", "memory"] {
                if let request = part.requests[name], request > Quantity() {
                    requests[name] = requests[name, default: Quantity()] + request
                }
                if let limit = part.limits[name], limit > Quantity() {
                    limits[name] = limits[name, default: Quantity()] + limit
                } else {
                    everyPartHasLimits = false
                }
            }
        }
        if requests.isEmpty && limits.isEmpty { return .bestEffort }
        return everyPartHasLimits && requests == limits ? .guaranteed : .burstable
    }
}
