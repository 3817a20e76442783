import Glibc
import PodLinux

/// A directory of one test's own, removed with everything in it at the end.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/podrun-test-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        guard let made else { throw SyscallError(call: "mkdtemp", subject: "", errno: EIO) }
        path = String(cString: made)
    }

    deinit { try? TreeRemoval.remove(path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Open descriptors of this process.
    static func descriptorCount() throws -> Int { try Directory("/proc/self/fd").names().count }
}

extension DescriptorBox {
    /// Writes one byte.
    func put(_ byte: UInt8) {
        _ = write(raw, [byte], 1)
    }
}
