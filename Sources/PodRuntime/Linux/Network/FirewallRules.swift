/// A port of the host that leads into a pod.
package struct HostPort: Hashable, Sendable {
    package enum TransportProtocol: String, Hashable, Sendable {
        case tcp, udp, sctp
    }

    package var transport: TransportProtocol
    /// Only this address of the host; `nil` is every one of them.
    package var hostIP: IPv4Address?
    /// 1 to 65535.
    package var hostPort: UInt16
    package var containerPort: UInt16

    package init(transport: TransportProtocol, hostIP: IPv4Address? = nil, hostPort: UInt16, containerPort: UInt16) {
        self.transport = transport
        // Kubernetes' "every address".
        self.hostIP = hostIP?.rawValue == 0 ? nil : hostIP
        self.hostPort = hostPort
        self.containerPort = containerPort
    }

    /// Both can't be given out at once.
    package func conflicts(with other: HostPort) -> Bool {
        transport == other.transport && hostPort == other.hostPort
            && (hostIP == nil || other.hostIP == nil || hostIP == other.hostIP)
    }
}

/// What the firewall knows of one pod.
package struct PodFirewallRules: Hashable, Sendable {
    package var podUID: String
    package var linkName: String
    package var address: IPv4Address
    package var hostPorts: [HostPort]

    package init(podUID: String, linkName: String, address: IPv4Address, hostPorts: [HostPort]) {
        self.podUID = podUID
        self.linkName = linkName
        self.address = address
        self.hostPorts = hostPorts
    }
}

/// The text of podrun's two nftables tables; pure.
///
/// - `bridge podrun`: a pod's port lets through IPv4 and ARP only, and only from the address and hardware address that
///   the pod was given: no spoofing of neighbours or the host, no router advertisements.
/// - `ip podrun`: masquerade of what leaves the pods' network, and the host ports by maps. 127.0.0.0/8 is left alone:
///   a packet with a loopback source can't leave by the bridge unless route_localnet is set, which would open the
///   host's loopback services to the pods (CVE-2020-8558). So `localhost:hostPort` does not work on the host itself,
///   every other address of the host does.
struct FirewallText {
    var subnet: IPv4Subnet
    var bridge: String
    var linkPrefix: String

    /// Puts both tables, empty of pods, in the place of whatever was there; one transaction.
    var base: String { removal + tables }

    /// Makes what is missing of the tables and all rules anew; what is in the sets and maps stays.
    var mending: String {
        // Without the first the flush would fail where there is no table; a flush leaves sets alone.
        "\(tables)flush table bridge podrun\nflush table ip podrun\n\(tables)"
    }

    /// How many rules each chain has. Its name is enough: no two have the same.
    var ruleCounts: [String: Int] {
        var counts: [String: Int] = [:]
        var chain: String?
        for line in tables.split(separator: "\n").map({ $0.split(separator: " ") }) {
            if line.first == "chain" {
                chain = String(line[1])
            } else if line.first == "}" {
                chain = nil
            } else if let chain, line.first != "type" {
                counts[chain, default: 0] += 1
            }
        }
        return counts
    }

    private var tables: String {
        """
        table bridge podrun {
            set pods { type ifname . ipv4_addr . ether_addr; }
            chain spoofing {
                type filter hook prerouting priority -300; policy accept;
                iifname "\(linkPrefix)*" meta protocol != { ip, arp } drop
                iifname "\(linkPrefix)*" meta protocol ip iifname . ip saddr . ether saddr != @pods drop
                iifname "\(linkPrefix)*" meta protocol arp iifname . arp saddr ip . arp saddr ether != @pods drop
            }
        }
        table ip podrun {
            map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
            map addressPorts { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
            chain hostPorts {
                dnat ip to ip daddr . meta l4proto . th dport map @addressPorts
                dnat ip to meta l4proto . th dport map @ports
            }
            chain prerouting {
                type nat hook prerouting priority dstnat; policy accept;
                fib daddr type local jump hostPorts
            }
            chain output {
                type nat hook output priority -100; policy accept;
                ip daddr != 127.0.0.0/8 fib daddr type local jump hostPorts
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr \(subnet) oifname != "\(bridge)" masquerade
                ip saddr \(subnet) oifname "\(bridge)" ct status dnat masquerade
            }
        }

        """
    }

    /// `add` first: deleting what is not there would fail.
    var removal: String {
        """
        add table bridge podrun
        delete table bridge podrun
        add table ip podrun
        delete table ip podrun

        """
    }

    func addition(_ pod: PodFirewallRules) -> String { pod.elements.map { "add element \($0.text)\n" }.joined() }
}

/// What one pod adds to the tables' sets and maps: as text for libnftables, which makes the tables, and as the bytes of
/// a netlink message, which takes a tenth of the time.
package struct FirewallElement: Equatable, Sendable {
    enum Family: UInt8, CaseIterable {
        case bridge = 7
        case ip = 2
        var name: String { self == .bridge ? "bridge" : "ip" }
    }

    /// One part of a concatenation.
    enum Part: Equatable {
        case link(String)
        case address(IPv4Address)
        case hardware(HardwareAddress)
        case transport(HostPort.TransportProtocol)
        case port(UInt16)

        var text: String {
            switch self {
            case .link(let name): "\"\(name)\""
            case .address(let address): address.description
            case .hardware(let address): address.text
            case .transport(let transport): transport.rawValue
            case .port(let number): String(number)
            }
        }

        /// Network byte order, filled up to whole 32-bit registers.
        var bytes: [UInt8] {
            let value: [UInt8]
            var size = 4
            switch self {
            case .link(let name): (value, size) = (Array(name.utf8), 16)
            case .address(let address): value = address.bytes
            case .hardware(let address): (value, size) = (address.bytes, 8)
            case .transport(let transport): value = [transport.number]
            case .port(let number): value = [UInt8(number >> 8), UInt8(number & 0xff)]
            }
            return value + [UInt8](repeating: 0, count: size - value.count)
        }
    }

    var family: Family
    var set: String
    var key: [Part]
    /// What a map gives for the key; nothing in a set.
    var value: [Part] = []

    package var text: String {
        func joined(_ parts: [Part]) -> String { parts.map(\.text).joined(separator: " . ") }
        let target = value.isEmpty ? "" : " : \(joined(value))"
        return "\(family.name) podrun \(set) { \(joined(key))\(target) }"
    }
}

extension PodFirewallRules {
    package var elements: [FirewallElement] {
        let pod = FirewallElement(
            family: .bridge, set: "pods",
            key: [.link(linkName), .address(address), .hardware(HardwareAddress(for: address))])
        return [pod]
            + hostPorts.map { port in
                FirewallElement(
                    family: .ip, set: port.hostIP == nil ? "ports" : "addressPorts",
                    key: (port.hostIP.map { [.address($0)] } ?? []) + [
                        .transport(port.transport), .port(port.hostPort),
                    ],
                    value: [.address(address), .port(port.containerPort)])
            }
    }
}

extension HostPort.TransportProtocol {
    /// IPPROTO_*.
    var number: UInt8 {
        switch self {
        case .tcp: 6
        case .udp: 17
        case .sctp: 132
        }
    }
}

extension HardwareAddress {
    /// `0a:58:0a:55:00:02`.
    package var text: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
