/// Writes tar archives byte by byte, evil ones included, so that no builder cleans them up.
struct TarBuilder {
    private(set) var bytes: [UInt8] = []

    struct Header {
        var name: String
        var type: Character = "0"
        var mode = 0o644
        var uid = 0
        var gid = 0
        var size: Int?
        var mtime = 1_000_000_000
        var link = ""
        var major = 0
        var minor = 0
    }

    mutating func add(_ header: Header, _ data: [UInt8] = []) {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int, _ limit: Int) {
            for (index, byte) in text.utf8.prefix(limit).enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: Int, at offset: Int, _ width: Int) {
            if value >= 0, value < 1 << (3 * (width - 1)) {
                let digits = String(value, radix: 8)
                put(String(repeating: "0", count: width - 1 - digits.count) + digits, at: offset, width)
            } else {  // GNU base-256, two's complement
                for index in 0..<width {
                    let shift = 8 * (width - 1 - index)
                    block[offset + index] = UInt8(
                        truncatingIfNeeded: shift > 56 ? (value < 0 ? -1 : 0) : value >> shift)
                }
                block[offset] |= 0x80
            }
        }
        put(header.name, at: 0, 100)
        octal(header.mode, at: 100, 8)
        octal(header.uid, at: 108, 8)
        octal(header.gid, at: 116, 8)
        octal(header.size ?? data.count, at: 124, 12)
        octal(header.mtime, at: 136, 12)
        put(String(header.type), at: 156, 1)
        put(header.link, at: 157, 100)
        put("ustar\u{0}00", at: 257, 8)
        octal(header.major, at: 329, 8)
        octal(header.minor, at: 337, 8)
        put("        ", at: 148, 8)
        let sum = block.reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} ", at: 148, 8)
        bytes += block + data
        bytes += [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// A PAX header for the next entry.
    mutating func pax(_ records: [(String, [UInt8])]) {
        var data: [UInt8] = []
        for (key, value) in records {
            let body = Array(" \(key)=".utf8) + value + [10]
            var length = body.count + 1
            while String(length).utf8.count + body.count != length { length = String(length).utf8.count + body.count }
            data += Array(String(length).utf8) + body
        }
        add(Header(name: "pax", type: "x"), data)
    }

    mutating func file(_ name: String, _ text: String = "", mode: Int = 0o644, uid: Int = 0, gid: Int = 0) {
        add(Header(name: name, mode: mode, uid: uid, gid: gid), Array(text.utf8))
    }

    mutating func directory(_ name: String, mode: Int = 0o755, uid: Int = 0, gid: Int = 0, mtime: Int = 1_000_000_000) {
        add(Header(name: name, type: "5", mode: mode, uid: uid, gid: gid, mtime: mtime))
    }

    mutating func symlink(_ name: String, _ target: String) {
        add(Header(name: name, type: "2", mode: 0o777, link: target))
    }

    mutating func hardLink(_ name: String, _ target: String) {
        add(Header(name: name, type: "1", link: target))
    }

    mutating func device(_ name: String, _ type: Character, _ major: Int, _ minor: Int, mode: Int = 0o666) {
        add(Header(name: name, type: type, mode: mode, major: major, minor: minor))
    }

    /// The archive with its end mark.
    var archive: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    static func make(_ body: (inout TarBuilder) -> Void) -> [UInt8] {
        var builder = TarBuilder()
        body(&builder)
        return builder.archive
    }
}
