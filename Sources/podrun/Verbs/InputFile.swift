import Glibc
import PodLinux

/// What a user names to be read: a file, a pipe, `/dev/stdin`.
enum InputFile {
    /// Its bytes; of more than `limit` about as many, for whoever judges sizes.
    /// - Parameter path: `-` is stdin.
    static func read(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
        let input = path == "-" ? nil : DescriptorBox(try Descriptor.open(path, O_RDONLY))
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = try check("read", path) { Glibc.read(input?.raw ?? 0, &block, block.count) }
            if count == 0 { break }
            bytes += block[..<count]
        }
        return bytes
    }
}
