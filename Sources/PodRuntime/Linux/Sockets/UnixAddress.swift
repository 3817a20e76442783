import CShim
import Glibc

/// A path short enough for sun_path (107 bytes): a longer one goes through its directory's descriptor.
struct UnixAddress: ~Copyable {
    let path: String
    /// Kept open as long as `path` is used.
    private let directory: Descriptor?

    init(_ path: String) throws(SyscallError) {
        guard path.utf8.count > 107 else {
            self.path = path
            directory = nil
            return
        }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let name = path[path.index(after: slash)...]
        let parent = try Descriptor.open(String(path[..<slash]), PODRUN_O_PATH | O_DIRECTORY)
        self.path = "/proc/self/fd/\(parent.raw)/\(name)"
        directory = consume parent
    }
}
