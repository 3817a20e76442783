import CShim
import Glibc

package enum PodNetworkError: Error, Equatable, CustomStringConvertible {
    case portInUse(HostPort)

    package var description: String {
        switch self {
        case .portInUse(let port):
            "use host port \"\(port.hostIP.map { "\($0):" } ?? "")\(port.hostPort)/\(port.transport.rawValue)\": "
                + "address already in use"
        }
    }
}

/// The pods' network on this host: one bridge, a veth pair and an address per pod, one firewall.
package final class PodNetwork {
    package static let bridgeName = "podrun0"
    static let linkPrefix = "pr-"
    /// How long a link may outlive its pod: a process of the host that entered the namespace would keep it for ever.
    static let linkPatience: Double = 2  // seconds

    package let subnet: IPv4Subnet
    package let addresses: AddressPool
    private let route: RouteSocket
    private var loadedFirewall: Firewall?
    private let loop: EventLoop
    private let linkWatch: LinkWatch
    private var bridge: Int32?

    /// - Parameter directory: `<run directory>/network`.
    package init(directory: String, loop: EventLoop, subnet: IPv4Subnet = .podrun) throws {
        self.subnet = subnet
        addresses = AddressPool(directory: directory, subnet: subnet)
        route = try RouteSocket()
        self.loop = loop
        linkWatch = LinkWatch(loop: loop)
    }

    /// The host's end of the pod's veth pair: at most 15 characters, made from the uid's first 12 digits.
    package static func linkName(podUID: String) -> String {
        linkPrefix
            + String(
                podUID.utf8.lazy.filter { $0 != UInt8(ascii: "-") }.prefix(12).map { Character(Unicode.Scalar($0)) })
    }

    /// Makes the host ready for a pod: its firewall rules. They come before the link, whose first packet must find them,
    /// and can be made while the pod's namespace is.
    ///
    /// - Parameter address: the pod's lease.
    package func admit(podUID: String, address: IPv4Address, hostPorts: [HostPort] = []) throws {
        _ = try prepareHost()
        for port in hostPorts where try Self.isTaken(port) { throw PodNetworkError.portInUse(port) }
        try firewall().add(
            PodFirewallRules(
                podUID: podUID, linkName: Self.linkName(podUID: podUID), address: address, hostPorts: hostPorts))
    }

    /// Connects an admitted pod: veth pair, address and route inside. What was made before a failure is undone by
    /// ``detach(podUID:)`` and the end of the pod's namespace.
    ///
    /// - Parameter podSocket: the NETLINK_ROUTE socket opened inside the pod's namespace, as the keeper returned it. Closed
    ///   at the end: it would keep the namespace alive.
    package func attach(podUID: String, address: IPv4Address, podSocket: DescriptorBox) throws {
        defer { podSocket.close() }
        let index = try prepareHost()
        let inside = try RouteSocket(inside: podSocket)
        try route.createPair(
            hostName: Self.linkName(podUID: podUID), bridge: index, namespace: inside.namespace(),
            hardwareAddress: HardwareAddress(for: address))
        try inside.configurePod(address: address, subnet: subnet)
    }

    /// Takes over the pods of an earlier agent, whose links are up: their rules and leases, and no others.
    ///
    /// - Parameter othersMayBeLeft: there were pods whose leases are lost.
    package func adopt(_ pods: [PodFirewallRules], othersMayBeLeft: Bool = false) throws {
        let known = Set(pods.map(\.podUID))
        let owners = Set(try addresses.leases().values)
        // Nothing was ever set up since the host booted: libnftables need not be loaded.
        if pods.isEmpty && owners.isEmpty && !othersMayBeLeft { return }
        for owner in owners where !known.contains(owner) {
            try addresses.release(podUID: owner)
        }
        if !pods.isEmpty { _ = try prepareHost() }
        try firewall().replace(with: pods)
    }

    /// Takes the pod's rules away and calls `whenGone` once its link is gone, which the end of its namespace brings
    /// about, or we after ``linkPatience``; the address is free then.
    package func detach(podUID: String, whenGone: @escaping () -> Void) throws {
        try firewall().remove(podUID: podUID)
        let (name, pool, route, loop) = (Self.linkName(podUID: podUID), addresses, route, loop)
        let deletion = loop.schedule(at: Clock.monotonic().advanced(bySeconds: Self.linkPatience)) {
            try? route.deleteLink(name)
        }
        let free = {
            loop.cancel(deletion)
            // A lease that can't be dropped now is dropped at the next adoption.
            try? pool.release(podUID: podUID)
            whenGone()
        }
        do {
            try linkWatch.whenGone(name, free)
        } catch {
            // Nobody would hear of its end: it is taken away now.
            try route.deleteLink(name)
            free()
        }
    }

    /// Whether a process of the host holds the port; what pods hold is the caller's to know.
    package static func isTaken(_ port: HostPort) throws(SyscallError) -> Bool {
        let number: Int32 =
            switch port.transport {
            case .tcp: Int32(IPPROTO_TCP)
            case .udp: Int32(IPPROTO_UDP)
            case .sctp: 132
            }
        let result = try check("bind host port", String(port.hostPort)) {
            podrun_port_is_taken(number, port.hostIP?.rawValue ?? 0, port.hostPort)
        }
        return result == 1
    }

    /// Takes away what is there for all pods, unless there is one.
    package func removeUnused() throws {
        guard try addresses.leases().isEmpty, try route.linkIndex(Self.bridgeName) != nil else { return }
        try firewall().removeUnused()
        try route.deleteLink(Self.bridgeName)
    }

    /// Loaded by the first pod that needs it.
    private func firewall() throws -> Firewall {
        if let loadedFirewall { return loadedFirewall }
        let firewall = try Firewall(subnet: subnet, bridge: Self.bridgeName, linkPrefix: Self.linkPrefix)
        loadedFirewall = firewall
        return firewall
    }

    /// Throws where a kernel lacks something that pods' networks need. Tried in a network namespace that is gone afterwards:
    /// bridge, veth, and both tables with a pod's elements.
    ///
    /// Only for a process with one thread, whose namespace it changes and changes back.
    package static func tryOut() throws {
        let host = try Descriptor.open("/proc/thread-self/ns/net", O_RDONLY)
        try check("make network namespace") { podrun_unshare(0x4000_0000 /* CLONE_NEWNET */) }
        defer { _ = podrun_setns(host.raw, 0) }
        let route = try RouteSocket()
        let bridge = try route.ensureBridge(bridgeName, subnet: .podrun)
        let link = linkName(podUID: "try")
        try route.createPair(
            hostName: link, bridge: bridge, namespace: try route.namespace(),
            hardwareAddress: HardwareAddress(for: IPv4Subnet.podrun.podRange.lowerBound))
        let ports = [nil, IPv4Address.loopback].map {
            HostPort(transport: .tcp, hostIP: $0, hostPort: 1, containerPort: 1)
        }
        try Firewall(subnet: .podrun, bridge: bridgeName, linkPrefix: linkPrefix).replace(with: [
            PodFirewallRules(
                podUID: "try", linkName: link, address: IPv4Subnet.podrun.podRange.lowerBound, hostPorts: ports)
        ])
    }

    private func prepareHost() throws(SyscallError) -> Int32 {
        // Looked up each time: somebody may have deleted the bridge, and it is one message.
        let index = try route.linkIndex(Self.bridgeName)
        if let index, index == bridge { return index }
        try Sysctl.enableForwarding()
        let made = try route.ensureBridge(Self.bridgeName, subnet: subnet)
        bridge = made
        return made
    }
}
