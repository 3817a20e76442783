/// What the head of a zstd frame says of the memory that decoding it takes (RFC 8878, section 3.1.1.1).
enum ZstdFrame {
    /// Bytes of the longest head.
    static let headLength = 18

    /// Bytes of the frame's window; nil when the head is cut short.
    /// - Parameter head: of a stream, from its magic number on.
    static func window(head: [UInt8]) -> UInt64? {
        guard head.count > 5 else { return nil }
        let descriptor = head[4]
        let isSingleSegment = descriptor & 0x20 != 0
        if !isSingleSegment {
            let base = UInt64(1) << (10 + UInt64(head[5] >> 3))
            return base + base / 8 * UInt64(head[5] & 7)
        }
        // All of the content is the window.
        let dictionaryLength = [0, 1, 2, 4][Int(descriptor & 3)]
        let sizeLength = [1, 2, 4, 8][Int(descriptor >> 6)]
        let field = head.dropFirst(5 + dictionaryLength).prefix(sizeLength)
        guard field.count == sizeLength else { return nil }
        let size = field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return sizeLength == 2 ? size + 256 : size
    }
}
