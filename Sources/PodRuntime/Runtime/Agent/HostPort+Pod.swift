import PodLinux
import PodModel

extension HostPort {
    /// The host ports of all containers of a pod.
    static func all(in pod: Pod) -> [HostPort] {
        pod.allContainers.flatMap(\.ports).compactMap { port in
            guard let hostPort = UInt16(exactly: port.hostPort), hostPort > 0,
                let containerPort = UInt16(exactly: port.containerPort)
            else { return nil }
            return HostPort(
                transport: TransportProtocol(rawValue: port.protocol.lowercased()) ?? .tcp,
                hostIP: IPv4Address(port.hostIP), hostPort: hostPort, containerPort: containerPort)
        }
    }

    var text: String { (hostIP.map { "\($0):" } ?? "") + "\(hostPort)/\(transport.rawValue)" }
}
