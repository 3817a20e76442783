import CShim
import Glibc

/// Adds elements to podrun's nftables sets and removes them, by nfnetlink (linux/netfilter/nf_tables.h).
final class FirewallSocket {
    private let socket: DescriptorBox
    private var sequence: UInt32 = 0

    init() throws(SyscallError) {
        socket = DescriptorBox(
            Descriptor(try check("open netfilter socket") { podrun_netlink_socket(PODRUN_NETLINK_NETFILTER, 0, 0) }))
    }

    func add(_ elements: [FirewallElement]) throws(SyscallError) {
        try transact(elements.map { Self.message(12 /* NFT_MSG_NEWSETELEM */, $0) }, about: "add firewall elements")
    }

    func remove(_ elements: [FirewallElement]) throws(SyscallError) {
        try transact(elements.map { Self.message(14 /* NFT_MSG_DELSETELEM */, $0) }, about: "remove firewall elements")
    }

    private static let subsystem: UInt16 = 10  // NFNL_SUBSYS_NFTABLES

    static func message(_ type: UInt16, _ element: FirewallElement) -> NetlinkMessage {
        var message = NetlinkMessage(subsystem << 8 | type, flags: type == 12 ? NetlinkMessage.create : 0)
        message.append(element.family.rawValue)
        message.append(UInt8(0))
        message.append(UInt16(0))
        message.attribute(1 /* NFTA_SET_ELEM_LIST_TABLE */, "podrun")
        message.attribute(2 /* NFTA_SET_ELEM_LIST_SET */, element.set)
        message.nested(nest | 3 /* NFTA_SET_ELEM_LIST_ELEMENTS */) { list in
            list.nested(nest | 1 /* NFTA_LIST_ELEM */) { item in
                for (attribute, parts) in [(UInt16(1), element.key), (2, element.value)] where !parts.isEmpty {
                    item.nested(nest | attribute /* NFTA_SET_ELEM_KEY, _DATA */) {
                        $0.attribute(1 /* NFTA_DATA_VALUE */, parts.flatMap(\.bytes))
                    }
                }
            }
        }
        return message
    }

    private static let nest: UInt16 = 0x8000  // NLA_F_NESTED

    /// One transaction: all of the messages or none.
    private func transact(_ messages: [NetlinkMessage], about action: String) throws(SyscallError) {
        func limit(_ type: UInt16) -> NetlinkMessage {
            var message = NetlinkMessage(type, isAcknowledged: false)
            message.append(UInt8(0))
            message.append(UInt8(0))
            message.append(Self.subsystem.bigEndian)
            return message
        }
        let batch = [limit(0x10 /* NFNL_MSG_BATCH_BEGIN */)] + messages + [limit(0x11 /* NFNL_MSG_BATCH_END */)]
        let first = sequence &+ 1
        var datagram: [UInt8] = []
        for message in batch {
            sequence &+= 1
            datagram += message.numbered(sequence)
        }
        try check(action) { send(socket.raw, datagram, datagram.count, 0) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        var pending = messages.count
        while pending > 0 {
            let count = try check(action) { recv(socket.raw, &buffer, buffer.count, 0) }
            for message in NetlinkReader.messages(Array(buffer.prefix(count))) {
                // Left-overs of a transaction that failed in between.
                guard message.sequence &- first < UInt32(batch.count), let error = message.acknowledgement else {
                    continue
                }
                if error != 0 { throw SyscallError(call: action, subject: "", errno: error) }
                pending -= 1
            }
        }
    }
}
