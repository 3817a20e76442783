import PodModel

/// The framing of the control protocol: a little-endian u32 length and that many bytes.
package enum Frame {
    /// Largest request, bytes: a ConfigMap of 1 MiB, each byte of which JSON may write as six.
    package static let requestLimit = JSON.sizeLimit
    /// Largest reply, bytes: the agent sends long lists in several frames.
    package static let replyLimit = JSON.sizeLimit
    /// Bytes of the length field.
    package static let headerSize = 4

    package struct Oversized: Error, CustomStringConvertible, Equatable {
        package let length: Int
        package let limit: Int

        package init(length: Int, limit: Int) {
            self.length = length
            self.limit = limit
        }

        package var description: String { "control message of \(length) bytes is over the limit of \(limit) bytes" }
    }

    /// The bytes to send for `payload`.
    package static func encode(_ payload: [UInt8], limit: Int) throws(Oversized) -> [UInt8] {
        guard payload.count <= limit else { throw Oversized(length: payload.count, limit: limit) }
        let length = UInt32(payload.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerSize + payload.count)
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: length >> shift))
        }
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// Collects received bytes and gives back whole payloads. A length over the limit is refused as soon as its four
    /// bytes are there, so a peer cannot make the receiver hold more than one limit of bytes.
    package struct Decoder {
        package let limit: Int
        private var buffer: [UInt8] = []
        private var start = 0

        package init(limit: Int) {
            self.limit = limit
        }

        /// Whether bytes of an unfinished frame are held: a connection that ends now was cut off.
        package var isPartial: Bool { start < buffer.count }

        package mutating func append(_ bytes: some Sequence<UInt8>) {
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            buffer.append(contentsOf: bytes)
        }

        /// The next whole payload, nil if more bytes are needed.
        package mutating func next() throws(Oversized) -> [UInt8]? {
            guard buffer.count - start >= headerSize else { return nil }
            var length = 0
            for index in (0..<headerSize).reversed() {
                length = length << 8 | Int(buffer[start + index])
            }
            guard length <= limit else { throw Oversized(length: length, limit: limit) }
            let end = start + headerSize + length
            guard buffer.count >= end else { return nil }
            defer { start = end }
            return Array(buffer[(start + headerSize)..<end])
        }
    }
}
