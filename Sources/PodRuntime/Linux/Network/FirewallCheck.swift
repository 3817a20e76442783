/// podrun's tables as the kernel has them, for a command that looks beside an agent. Nothing here takes away what an agent
/// may just have added.
package struct FirewallCheck {
    private let socket: FirewallSocket
    private let text = FirewallText(
        subnet: .podrun, bridge: PodNetwork.bridgeName, linkPrefix: PodNetwork.linkPrefix)

    package init() throws(SyscallError) {
        socket = try FirewallSocket()
    }

    /// What is in the sets and maps, and whether all tables, sets, chains and rules are there.
    package func read() throws(SyscallError) -> (elements: [FirewallElement], isWhole: Bool) {
        var elements: [FirewallElement] = []
        var isWhole = true
        for (family, set) in [(FirewallElement.Family.bridge, "pods"), (.ip, "ports"), (.ip, "addressPorts")] {
            let found = try socket.elements(family, set)
            isWhole = isWhole && found != nil
            elements += (found ?? []).compactMap { FirewallElement(family, set, key: $0.key, value: $0.value) }
        }
        let counts = try FirewallElement.Family.allCases.map { family throws(SyscallError) in
            try socket.ruleCounts(family)
        }
        return (elements, isWhole && counts.reduce(into: [:]) { $0.merge($1) { $1 } } == text.ruleCounts)
    }

    /// Makes tables, chains and rules that are missing; no element is lost.
    package func mend() throws { try NFTLibrary.run(text.mending, "mend firewall rules") }

    package func add(_ element: FirewallElement) throws(SyscallError) { try socket.add([element]) }

    package func remove(_ element: FirewallElement) throws(SyscallError) { try socket.remove([element]) }
}

extension FirewallElement {
    /// As the kernel has it; nil when it isn't one of ours.
    init?(_ family: Family, _ set: String, key: [UInt8], value: [UInt8]) {
        func address(_ bytes: [UInt8], _ offset: Int) -> Part {
            .address(IPv4Address(rawValue: bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }))
        }
        func port(_ bytes: [UInt8], _ offset: Int) -> Part {
            .port(UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]))
        }
        func transport(_ byte: UInt8) -> Part? {
            [HostPort.TransportProtocol.tcp, .udp, .sctp].first { $0.number == byte }.map(Part.transport)
        }
        switch set {
        case "pods":
            guard key.count == 28 else { return nil }
            let link = String(decoding: key[..<16].prefix { $0 != 0 }, as: UTF8.self)
            let hardware = HardwareAddress(bytes: Array(key[20..<26]))
            self.init(family: family, set: set, key: [.link(link), address(key, 16), .hardware(hardware)])
        case "ports":
            guard key.count == 8, value.count == 8, let transport = transport(key[0]) else { return nil }
            self.init(
                family: family, set: set, key: [transport, port(key, 4)], value: [address(value, 0), port(value, 4)])
        default:
            guard key.count == 12, value.count == 8, let transport = transport(key[4]) else { return nil }
            self.init(
                family: family, set: set, key: [address(key, 0), transport, port(key, 8)],
                value: [address(value, 0), port(value, 4)])
        }
    }

    /// Of the pod it is of.
    package var address: IPv4Address? {
        for case .address(let address) in value.isEmpty ? key : value { return address }
        return nil
    }

    /// Of a pod's link: its name; a port leads to an address only.
    package var link: String? {
        for case .link(let name) in key { return name }
        return nil
    }
}
