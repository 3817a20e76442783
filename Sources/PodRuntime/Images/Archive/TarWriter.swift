import Glibc
import PodLinux

/// Writes a plain tar stream of regular files (POSIX ustar), the inverse of what `image load` reads.
struct TarWriter {
    private static let blockSize = 512
    private let write: (UnsafeRawBufferPointer) throws -> Void

    init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.write = write
    }

    /// Adds a file; `data` hands out exactly `size` bytes.
    ///
    /// - Parameter name: at most 100 bytes.
    func file(
        _ name: String, size: Int64, mode: Int64 = 0o644,
        _ data: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        try Self.header(name, size: size, mode: mode).withUnsafeBytes(write)
        try data(write)
        let rest = Int(size % Int64(Self.blockSize))
        if rest > 0 { try zeros(Self.blockSize - rest) }
    }

    func file(_ name: String, _ bytes: [UInt8], mode: Int64 = 0o644) throws {
        try file(name, size: Int64(bytes.count), mode: mode) { write in try bytes.withUnsafeBytes(write) }
    }

    /// Two empty blocks end an archive.
    func finish() throws {
        try zeros(2 * Self.blockSize)
    }

    private func zeros(_ count: Int) throws {
        try [UInt8](repeating: 0, count: count).withUnsafeBytes(write)
    }

    private static func header(_ name: String, size: Int64, mode: Int64) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: [UInt8], at start: Int) { block.replaceSubrange(start..<start + bytes.count, with: bytes) }
        func octal(_ value: Int64, digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        put(Array(name.utf8.prefix(100)), at: 0)
        put(octal(mode, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        if size < 1 << 33 {
            put(octal(size, digits: 11), at: 124)
        } else {
            // GNU's base-256 form for what eleven octal digits can't say.
            put([0x80] + (0..<11).map { UInt8(truncatingIfNeeded: $0 < 3 ? 0 : size >> Int64(8 * (10 - $0))) }, at: 124)
        }
        put(octal(0, digits: 11), at: 136)
        put(Array("        ".utf8), at: 148)
        put([UInt8(ascii: "0")], at: 156)
        put(Array("ustar\u{0}00".utf8), at: 257)
        let sum = block.reduce(Int64(0)) { $0 + Int64($1) }
        put(octal(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return block
    }
}
