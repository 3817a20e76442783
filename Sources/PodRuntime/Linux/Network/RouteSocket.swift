import CShim
import Glibc

/// Links, addresses and routes of one network namespace, by rtnetlink.
///
/// The messages are made here rather than by libnl: a pod's network is two datagrams, one for the host's side and one
/// for the pod's, and no library gives them in that shape (docs/decisions/0012-rtnetlink-by-hand.md).
package final class RouteSocket {
    private let socket: DescriptorBox
    private var sequence: UInt32 = 0

    /// Opens a socket in this process's namespace.
    package init() throws(SyscallError) {
        socket = DescriptorBox(
            Descriptor(try check("open route socket") { podrun_netlink_socket(PODRUN_NETLINK_ROUTE, 0, 0) }))
    }

    /// Uses a NETLINK_ROUTE socket that was opened inside a pod: it acts there for ever.
    package init(inside socket: DescriptorBox) throws(SyscallError) {
        try check("fcntl") { podrun_set_nonblocking(socket.raw, 0) }
        self.socket = socket
    }

    /// The namespace that the socket lives in.
    package func namespace() throws(SyscallError) -> Descriptor {
        Descriptor(try check("open namespace of route socket") { podrun_socket_namespace(socket.raw) })
    }

    /// The index of the link with this name; `nil` when there is none.
    package func linkIndex(_ name: String) throws(SyscallError) -> Int32? {
        try check("find link", name, unless: ENODEV) { podrun_link_index(socket.raw, name) }
    }

    /// Makes sure that the bridge exists, is up and has `subnet`'s gateway address; gives its index.
    package func ensureBridge(_ name: String, subnet: IPv4Subnet) throws(SyscallError) -> Int32 {
        if let index = try linkIndex(name) {
            // A crash may have come between the two messages below.
            try transact([Self.up(index), address(subnet.gateway, subnet, of: index)], about: "configure bridge", name)
            return index
        }
        var message = NetlinkMessage(RTM.newLink, flags: NetlinkMessage.create)
        message.appendLink()
        message.attribute(IFLA.name, name)
        message.attribute(IFLA.address, HardwareAddress(for: subnet.gateway).bytes)
        message.nested(IFLA.linkInfo) { $0.attribute(IFLA.infoKind, Array("bridge".utf8)) }
        try transact([message], about: "create bridge", name)
        guard let index = try linkIndex(name) else {
            throw SyscallError(call: "create bridge", subject: name, errno: ENODEV)
        }
        try Self.harden(name)
        try transact([Self.up(index), address(subnet.gateway, subnet, of: index)], about: "configure bridge", name)
        return index
    }

    /// Pods speak IPv4 only: without IPv6 on the bridge no router advertisement or neighbour message of a pod means
    /// anything to the host (CVE-2020-10749, CVE-2020-13401). Sources outside the pods' subnet are dropped (strict
    /// reverse path), and 127/8 never enters from here (CVE-2020-8558).
    private static func harden(_ bridge: String) throws(SyscallError) {
        for (name, value) in settings(of: bridge) { try Sysctl.set(name, value) }
    }

    package static func settings(of bridge: String) -> [(name: String, value: String)] {
        [
            ("net/ipv6/conf/\(bridge)/disable_ipv6", "1"), ("net/ipv4/conf/\(bridge)/rp_filter", "1"),
            ("net/ipv4/conf/\(bridge)/route_localnet", "0"), ("net/ipv4/conf/\(bridge)/accept_redirects", "0"),
        ]
    }

    /// Makes a veth pair in one message: `hostName` up and on the bridge, its peer `eth0` with
    /// `hardwareAddress` in `namespace`, still down: the kernel opens no veth before its pair is complete.
    package func createPair(
        hostName: String, bridge: Int32, namespace: borrowing Descriptor, hardwareAddress: HardwareAddress
    ) throws(SyscallError) {
        let fd = UInt32(bitPattern: namespace.raw)
        var message = NetlinkMessage(RTM.newLink, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        message.appendLink(isUp: true)
        message.attribute(IFLA.name, hostName)
        message.attribute(IFLA.master, UInt32(bitPattern: bridge))
        message.nested(IFLA.linkInfo) { info in
            info.attribute(IFLA.infoKind, Array("veth".utf8))
            info.nested(IFLA.infoData) { data in
                data.nested(1 /* VETH_INFO_PEER */) { peer in
                    peer.appendLink()
                    peer.attribute(IFLA.name, "eth0")
                    peer.attribute(IFLA.address, hardwareAddress.bytes)
                    peer.attribute(IFLA.namespace, fd)
                }
            }
        }
        try transact([message, Self.hairpin(hostName)], about: "create veth", hostName)
    }

    /// A pod that connects to its own hostPort comes back through the port it left by.
    private static func hairpin(_ name: String) -> NetlinkMessage {
        var message = NetlinkMessage(RTM.newLink)
        message.appendLink()
        message.attribute(IFLA.name, name)
        message.nested(IFLA.linkInfo) { info in
            info.attribute(IFLA.infoSlaveKind, Array("bridge".utf8))
            info.nested(IFLA.infoSlaveData) { $0.attribute(4 /* IFLA_BRPORT_MODE */, [1]) }
        }
        return message
    }

    /// The index of the bridge that a link is a port of; nil when it is none's.
    package func bridge(of name: String) throws(SyscallError) -> Int32? {
        var message = NetlinkMessage(RTM.getLink)
        message.appendLink()
        message.attribute(IFLA.name, name)
        var bridge: Int32?
        try transact([message], about: "look at link", name) { reply in
            bridge = reply.attribute(IFLA.master, after: 16).map { NetlinkReader.number($0, as: Int32.self) } ?? bridge
        }
        return bridge
    }

    /// Makes a link that is there a port of the bridge.
    package func connect(_ name: String, toBridge bridge: Int32) throws(SyscallError) {
        var message = NetlinkMessage(RTM.newLink)
        message.appendLink(isUp: true)
        message.attribute(IFLA.name, name)
        message.attribute(IFLA.master, UInt32(bitPattern: bridge))
        try transact([message, Self.hairpin(name)], about: "connect link", name)
    }

    /// Inside a pod: lo and `eth0` up, `address` and a default route.
    package func configurePod(address podAddress: IPv4Address, subnet: IPv4Subnet) throws(SyscallError) {
        guard let eth0 = try linkIndex("eth0") else {
            throw SyscallError(call: "find link", subject: "eth0", errno: ENODEV)
        }
        var route = NetlinkMessage(RTM.newRoute, flags: NetlinkMessage.create)
        route.append(UInt8(AF_INET))
        route.bytes(0, 0, 0)
        route.bytes(254 /* RT_TABLE_MAIN */, 4 /* RTPROT_STATIC */, 0 /* RT_SCOPE_UNIVERSE */, 1 /* RTN_UNICAST */)
        route.append(UInt32(0))
        route.attribute(5 /* RTA_GATEWAY */, subnet.gateway.bytes)
        route.attribute(4 /* RTA_OIF */, UInt32(bitPattern: eth0))
        try transact(
            [Self.up(1), Self.up(eth0), address(podAddress, subnet, of: eth0), route],
            about: "configure network of pod with address", podAddress.description)
    }

    /// Inside a namespace without other links: lo up.
    package func enableLoopback() throws(SyscallError) {
        try transact([Self.up(1)], about: "enable link", "lo")
    }

    /// Deletes a link and its veth peer. Takes tens of milliseconds (RCU): where the pod's namespace ends anyway, let
    /// that do it and see ``LinkWatch``. No such link is no error.
    package func deleteLink(_ name: String) throws(SyscallError) {
        var message = NetlinkMessage(RTM.deleteLink)
        message.appendLink()
        message.attribute(IFLA.name, name)
        do throws(SyscallError) {
            try transact([message], about: "delete link", name)
        } catch  where error.errno == ENODEV {}
    }

    private static func up(_ index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(RTM.newLink)
        message.appendLink(index: index, isUp: true)
        return message
    }

    private func address(_ address: IPv4Address, _ subnet: IPv4Subnet, of index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(RTM.newAddress, flags: NetlinkMessage.create | NetlinkMessage.replace)
        message.bytes(UInt8(AF_INET), subnet.prefixLength, 0, 0)
        message.append(index)
        message.attribute(2 /* IFA_LOCAL */, address.bytes)
        message.attribute(1 /* IFA_ADDRESS */, address.bytes)
        let broadcast = IPv4Address(rawValue: subnet.base.rawValue + subnet.size - 1)
        message.attribute(4 /* IFA_BROADCAST */, broadcast.bytes)
        return message
    }

    /// Sends the messages in one datagram, which the kernel works off in order, and waits for every acknowledgement.
    /// Throws the first failure; the messages after it were tried all the same.
    private func transact(
        _ messages: [NetlinkMessage], about verb: String, _ subject: String,
        reply: (NetlinkReader.Message) -> Void = { _ in }
    ) throws(SyscallError) {
        let first = sequence &+ 1
        var datagram: [UInt8] = []
        for message in messages {
            sequence &+= 1
            datagram += message.numbered(sequence)
        }
        try check(verb, subject) { send(socket.raw, datagram, datagram.count, 0) }
        var pending = messages.count
        var failure: Int32 = 0
        var buffer = [UInt8](repeating: 0, count: 32768)
        while pending > 0 {
            let count = try check(verb, subject) { recv(socket.raw, &buffer, buffer.count, 0) }
            for message in NetlinkReader.messages(Array(buffer.prefix(count))) {
                // Left-overs of a call that failed in between.
                if message.sequence &- first >= UInt32(messages.count) { continue }
                guard let error = message.acknowledgement else {
                    reply(message)
                    continue
                }
                pending -= 1
                if failure == 0 { failure = error }
            }
        }
        if failure != 0 { throw SyscallError(call: verb, subject: subject, errno: failure) }
    }
}

extension NetlinkMessage {
    fileprivate mutating func bytes(_ values: UInt8...) {
        for value in values { append(value) }
    }
}

enum RTM {
    static let newLink: UInt16 = 16
    static let deleteLink: UInt16 = 17
    static let getLink: UInt16 = 18
    static let newAddress: UInt16 = 20
    static let newRoute: UInt16 = 24
}

enum IFLA {
    static let address: UInt16 = 1
    static let name: UInt16 = 3
    static let master: UInt16 = 10
    static let linkInfo: UInt16 = 18
    static let namespace: UInt16 = 28  // IFLA_NET_NS_FD
    static let infoKind: UInt16 = 1
    static let infoData: UInt16 = 2
    static let infoSlaveKind: UInt16 = 4
    static let infoSlaveData: UInt16 = 5
}
