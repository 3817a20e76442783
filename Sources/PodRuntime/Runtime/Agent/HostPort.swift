import PodModel

/// One hostPort of a pod.
struct HostPort: Equatable, CustomStringConvertible {
    let number: Int
    /// TCP, UDP or SCTP.
    let transport: String
    /// Empty = every address of the host.
    let hostIP: String
    let containerPort: Int

    var description: String { (hostIP.isEmpty ? "" : hostIP + ":") + "\(number)/\(transport)" }

    static func all(in pod: Pod) -> [HostPort] {
        (pod.spec.initContainers + pod.spec.containers).flatMap(\.ports).filter { $0.hostPort != 0 }.map {
            HostPort(
                number: Int($0.hostPort), transport: $0.protocol.isEmpty ? "TCP" : $0.protocol,
                hostIP: $0.hostIP == "0.0.0.0" ? "" : $0.hostIP, containerPort: Int($0.containerPort))
        }
    }

    func conflicts(with other: HostPort) -> Bool {
        number == other.number && transport == other.transport
            && (hostIP == other.hostIP || hostIP.isEmpty || other.hostIP.isEmpty)
    }
}
