/// An IPv4 address in host byte order.
package struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let loopback = IPv4Address(rawValue: 0x7f00_0001)

    /// Four decimal numbers without leading zeros; everything else is `nil`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), String(byte) == part else { return nil }
            value = value << 8 | UInt32(byte)
        }
        rawValue = value
    }

    /// Network byte order.
    package var bytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) } }

    package var description: String { bytes.map(String.init).joined(separator: ".") }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A range of addresses: `10.85.0.0/16`.
package struct IPv4Subnet: Hashable, Sendable, CustomStringConvertible {
    package let base: IPv4Address
    /// 1 to 30.
    package let prefixLength: UInt8

    /// `nil` for a prefix that leaves no room for a gateway and a pod, or an address with host bits.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPv4Address(parts[0]), let prefix = UInt8(parts[1]), 1...30 ~= prefix,
            base.rawValue & (UInt32.max >> UInt32(prefix)) == 0
        else { return nil }
        self.base = base
        prefixLength = prefix
    }

    private init(base: IPv4Address, prefixLength: UInt8) {
        self.base = base
        self.prefixLength = prefixLength
    }

    /// podrun's own, unless told otherwise.
    package static let podrun = IPv4Subnet(base: IPv4Address(rawValue: 10 << 24 | 85 << 16), prefixLength: 16)

    package var size: UInt32 { 1 << UInt32(32 - prefixLength) }
    /// The bridge's address: the first one.
    package var gateway: IPv4Address { IPv4Address(rawValue: base.rawValue + 1) }
    /// What pods can get: all but network, gateway and broadcast.
    package var podRange: ClosedRange<IPv4Address> {
        IPv4Address(rawValue: base.rawValue + 2)...IPv4Address(rawValue: base.rawValue + size - 2)
    }

    package var description: String { "\(base)/\(prefixLength)" }
}

/// An Ethernet address.
package struct HardwareAddress: Equatable, Sendable {
    package var bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Locally administered, made from the IP address: a pod that gets an address again looks the same to every
    /// neighbour cache, and a bridge keeps its own instead of taking the lowest of its ports'.
    package init(for address: IPv4Address) {
        bytes = [0x0a, 0x58] + address.bytes
    }
}
