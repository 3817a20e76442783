import PodModel

/// A pod as a row of `get pods`: the columns of kubectl, computed as the API server computes them
/// (pkg/printers/internalversion, printPod). As there, a listing asks for rows instead of objects, which are a hundred
/// times as long.
package struct PodRow: Codable, Sendable, Equatable {
    package var namespace: String
    package var name: String
    package var ready: String
    package var status: String
    package var restarts: String
    package var age: String
    package var ip: String
    package var node: String
    package var nominatedNode: String
    package var readinessGates: String

    package static let header = ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    package static let wideHeader = header + ["IP", "NODE", "NOMINATED NODE", "READINESS GATES"]

    package func cells(isWide: Bool) -> [String] {
        let cells = [name, ready, status, restarts, age]
        return isWide ? cells + [ip, node, nominatedNode, readinessGates] : cells
    }

    /// - Parameter now: the wall clock.
    package init(_ pod: Pod, now: Timestamp) {
        namespace = pod.metadata.namespace
        name = pod.metadata.name
        age = Self.age(of: pod.metadata.creationTimestamp, now: now)
        let summary = PodSummary(pod)
        ready = "\(summary.readyContainers)/\(summary.totalContainers)"
        status = summary.reason
        restarts = "\(summary.restarts.count)"
        if summary.restarts.count != 0, let last = summary.restarts.last {
            restarts += " (\(Self.age(of: last, now: now)) ago)"
        }
        ip = Self.orNone(pod.status.podIPs.first?.ip ?? "")
        node = Self.orNone(pod.spec.nodeName)
        nominatedNode = Self.orNone(pod.status.nominatedNodeName)
        readinessGates = "<none>"
        let gates = pod.spec.readinessGates
        if !gates.isEmpty {
            let open = gates.filter { gate in
                pod.status.conditions.first { $0.type == gate.conditionType }?.status == "True"
            }
            readinessGates = "\(open.count)/\(gates.count)"
        }
    }

    package static func age(of time: Timestamp?, now: Timestamp) -> String {
        guard let time else { return "<unknown>" }
        return HumanDuration.text(nanoseconds: now.nanosecondsSinceEpoch - time.nanosecondsSinceEpoch)
    }

    private static func orNone(_ text: String) -> String { text.isEmpty ? "<none>" : text }
}
