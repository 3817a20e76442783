import Glibc
import PodLinux

/// A directory of one test's own; `defer { scratch.remove() }`.
struct Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/podrun-test-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        guard let made else { throw SyscallError(call: "mkdtemp", subject: "", errno: EIO) }
        path = String(cString: made)
    }

    func remove() { try? TreeRemoval.remove(path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// How many descriptors of this process are open below the directory.
    func openDescriptors() throws -> Int {
        try Directory("/proc/self/fd").names().filter { name in
            var target = [UInt8](repeating: 0, count: 4096)
            let count = target.withUnsafeMutableBytes { buffer in
                buffer.withMemoryRebound(to: CChar.self) { chars in
                    chars.baseAddress.map { readlink("/proc/self/fd/\(name)", $0, chars.count) } ?? 0
                }
            }
            return count > 0 && String(decoding: target.prefix(count), as: UTF8.self).hasPrefix(path)
        }.count
    }
}

extension DescriptorBox {
    /// Writes one byte.
    func put(_ byte: UInt8) {
        _ = write(raw, [byte], 1)
    }
}
