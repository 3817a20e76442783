/// One netlink message under construction: header, fixed part, attributes. Host byte order, 4-byte aligned.
struct NetlinkMessage {
    private(set) var bytes: [UInt8]

    static let request: UInt16 = 0x1
    static let acknowledge: UInt16 = 0x4
    static let exclusive: UInt16 = 0x200
    static let replace: UInt16 = 0x100
    static let create: UInt16 = 0x400
    static let dump: UInt16 = 0x300

    static let headerSize = 16

    init(_ type: UInt16, flags: UInt16 = 0, isAcknowledged: Bool = true) {
        bytes = [0, 0, 0, 0]
        append(type)
        append(Self.request | (isAcknowledged ? Self.acknowledge : 0) | flags)
        bytes += [UInt8](repeating: 0, count: 8)
    }

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }

    mutating func attribute(_ type: UInt16, _ payload: [UInt8]) {
        append(UInt16(4 + payload.count))
        append(type)
        bytes += payload
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    mutating func attribute(_ type: UInt16, _ value: UInt32) {
        attribute(type, withUnsafeBytes(of: value) { Array($0) })
    }

    /// A NUL-terminated name.
    mutating func attribute(_ type: UInt16, _ name: String) {
        attribute(type, Array(name.utf8) + [0])
    }

    /// An attribute made of what `content` appends.
    mutating func nested(_ type: UInt16, _ content: (inout NetlinkMessage) -> Void) {
        let start = bytes.count
        append(UInt16(0))
        append(type)
        content(&self)
        set(UInt16(bytes.count - start), at: start)
    }

    /// The finished message.
    func numbered(_ sequence: UInt32) -> [UInt8] {
        var copy = self
        copy.set(UInt32(bytes.count), at: 0)
        copy.set(sequence, at: 8)
        return copy.bytes
    }

    private mutating func set(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
    }

    /// struct ifinfomsg.
    mutating func appendLink(index: Int32 = 0, isUp: Bool = false) {
        append(UInt8(0))
        append(UInt8(0))
        append(UInt16(0))
        append(index)
        append(UInt32(isUp ? 1 : 0))
        append(UInt32(isUp ? 1 : 0))
    }
}

/// Reading of what the kernel sends.
struct NetlinkReader {
    struct Message {
        var type: UInt16
        var sequence: UInt32
        var payload: ArraySlice<UInt8>

        /// The errno of an acknowledgement, 0 for success; nil for other messages.
        var acknowledgement: Int32? {
            type == 2 /* NLMSG_ERROR */ ? -NetlinkReader.number(payload, as: Int32.self) : nil
        }

        /// The errno that ended a dump, 0 when it is complete; nil for other messages.
        var endOfDump: Int32? {
            type == 3 /* NLMSG_DONE */ ? -NetlinkReader.number(payload, as: Int32.self) : nil
        }

        /// The attribute's bytes, behind a fixed part of `header` bytes.
        func attribute(_ wanted: UInt16, after header: Int) -> ArraySlice<UInt8>? {
            NetlinkReader.attributes(payload.dropFirst(header)).first { $0.type == wanted }?.payload
        }

        /// A name attribute's text without its NUL.
        func text(_ wanted: UInt16, after header: Int) -> String? {
            attribute(wanted, after: header).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
    }

    /// The messages of one datagram; a malformed rest is dropped.
    static func messages(_ bytes: [UInt8]) -> [Message] {
        var messages: [Message] = []
        var rest = bytes[...]
        while rest.count >= NetlinkMessage.headerSize {
            let length = Int(number(rest, as: UInt32.self))
            guard length >= NetlinkMessage.headerSize, length <= rest.count else { break }
            messages.append(
                Message(
                    type: number(rest.dropFirst(4), as: UInt16.self),
                    sequence: number(rest.dropFirst(8), as: UInt32.self),
                    payload: rest.prefix(length).dropFirst(NetlinkMessage.headerSize)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    /// A malformed rest is dropped.
    static func attributes(_ bytes: ArraySlice<UInt8>) -> [(type: UInt16, payload: ArraySlice<UInt8>)] {
        var attributes: [(type: UInt16, payload: ArraySlice<UInt8>)] = []
        var rest = bytes
        while rest.count >= 4 {
            let length = Int(number(rest, as: UInt16.self))
            guard length >= 4, length <= rest.count else { break }
            let type = number(rest.dropFirst(2), as: UInt16.self) & 0x3fff
            attributes.append((type, rest.dropFirst(4).prefix(length - 4)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return attributes
    }

    /// The integer at the slice's start; 0 where it is too short.
    static func number<Number: FixedWidthInteger>(_ slice: ArraySlice<UInt8>, as: Number.Type) -> Number {
        guard slice.count >= MemoryLayout<Number>.size else { return 0 }
        return slice.withUnsafeBytes { $0.loadUnaligned(as: Number.self) }
    }
}
