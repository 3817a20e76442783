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

    // MARK: - Reading

    /// What a set or map holds, as the bytes of its keys and values; nil where it isn't there.
    func elements(_ family: FirewallElement.Family, _ set: String) throws(SyscallError) -> [(
        key: [UInt8], value: [UInt8]
    )]? {
        var found: [(key: [UInt8], value: [UInt8])] = []
        let isThere = try dump(13 /* NFT_MSG_GETSETELEM */, family, about: "read firewall set", set) { message in
            message.attribute(2 /* NFTA_SET_ELEM_LIST_SET */, set)
        } reply: { message in
            guard let list = message.attribute(3 /* NFTA_SET_ELEM_LIST_ELEMENTS */, after: Self.headSize) else {
                return
            }
            for (_, item) in NetlinkReader.attributes(list) {
                func data(_ wanted: UInt16) -> [UInt8] {
                    let nested = NetlinkReader.attributes(item).first { $0.type == wanted }?.payload ?? []
                    return NetlinkReader.attributes(nested).first { $0.type == 1 /* NFTA_DATA_VALUE */ }.map {
                        Array($0.payload)
                    } ?? []
                }
                found.append((data(1 /* NFTA_SET_ELEM_KEY */), data(2 /* NFTA_SET_ELEM_DATA */)))
            }
        }
        return isThere ? found : nil
    }

    /// How many rules each chain of podrun's table has.
    func ruleCounts(_ family: FirewallElement.Family) throws(SyscallError) -> [String: Int] {
        var counts: [String: Int] = [:]
        _ = try dump(7 /* NFT_MSG_GETRULE */, family, about: "read firewall rules of", family.name) { _ in
        } reply: { message in
            // Kernels that don't filter send those of other tables, too.
            guard message.text(1 /* NFTA_RULE_TABLE */, after: Self.headSize) == "podrun",
                let chain = message.text(2 /* NFTA_RULE_CHAIN */, after: Self.headSize)
            else { return }
            counts[chain, default: 0] += 1
        }
        return counts
    }

    /// struct nfgenmsg
    private static let headSize = 4

    /// - Returns: false where there is no such thing.
    private func dump(
        _ type: UInt16, _ family: FirewallElement.Family, about action: String, _ subject: String,
        question: (inout NetlinkMessage) -> Void, reply: (NetlinkReader.Message) -> Void
    ) throws(SyscallError) -> Bool {
        var message = NetlinkMessage(Self.subsystem << 8 | type, flags: NetlinkMessage.dump, isAcknowledged: false)
        message.append(family.rawValue)
        message.append(UInt8(0))
        message.append(UInt16(0))
        message.attribute(1 /* NFTA_*_TABLE */, "podrun")
        question(&message)
        sequence &+= 1
        let datagram = message.numbered(sequence)
        try check(action, subject) { send(socket.raw, datagram, datagram.count, 0) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try check(action, subject) { recv(socket.raw, &buffer, buffer.count, 0) }
            for message in NetlinkReader.messages(Array(buffer.prefix(count))) where message.sequence == sequence {
                guard let error = message.acknowledgement ?? message.endOfDump else {
                    reply(message)
                    continue
                }
                if error == ENOENT { return false }
                if error != 0 { throw SyscallError(call: action, subject: subject, errno: error) }
                return true
            }
        }
    }

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
