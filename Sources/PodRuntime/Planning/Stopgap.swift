// Until PodModel has them.
import PodModel

package enum QoSClass: String, Codable, Sendable {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"
}
extension Pod {
    package var qosClass: QoSClass {
        let all = spec.containers + spec.initContainers
        if all.allSatisfy({ $0.resources.limits.isEmpty && $0.resources.requests.isEmpty }) { return .bestEffort }
        return all.allSatisfy { $0.resources.limits.count == 2 && ($0.resources.requests.isEmpty || $0.resources.requests == $0.resources.limits) }
            ? .guaranteed : .burstable
    }
}
extension Quantity {
    package var milliValue: Int64 {
        if text.hasSuffix("m") { return Int64(text.dropLast()) ?? 0 }
        return value * 1000
    }
    package var value: Int64 {
        if text.hasSuffix("Mi") { return (Int64(text.dropLast(2)) ?? 0) << 20 }
        if text.hasSuffix("Gi") { return (Int64(text.dropLast(2)) ?? 0) << 30 }
        if text.hasSuffix("m") { return ((Int64(text.dropLast()) ?? 0) + 999) / 1000 }
        return Int64(text) ?? 0
    }
}
