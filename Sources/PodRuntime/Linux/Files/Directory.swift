import CShim
import Glibc

/// An open directory: names below it are resolved from the descriptor, never again from a path.
package struct Directory: ~Copyable {
    /// How far a path may lead.
    package enum Bounds: Sendable {
        /// Links are followed inside; `..` and absolute links that lead outside fail (EXDEV).
        case beneath
        /// As after a chroot: absolute links start at this directory.
        case inRoot
        /// No link at all (ELOOP), nothing outside.
        case beneathNoLinks

        var resolve: UInt64 {
            let magic = UInt64(PODRUN_RESOLVE_NO_MAGICLINKS)
            return switch self {
            case .beneath: UInt64(PODRUN_RESOLVE_BENEATH) | magic
            case .inRoot: UInt64(PODRUN_RESOLVE_IN_ROOT) | magic
            case .beneathNoLinks: UInt64(PODRUN_RESOLVE_BENEATH) | UInt64(PODRUN_RESOLVE_NO_SYMLINKS) | magic
            }
        }
    }

    package let descriptor: Descriptor
    package let path: String

    package init(_ path: String) throws(SyscallError) {
        descriptor = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        self.path = path
    }

    package init(_ descriptor: consuming Descriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Opens `name` within `bounds` (openat2).
    package borrowing func open(
        _ name: String, _ flags: Int32, mode: UInt32 = 0, within bounds: Bounds
    ) throws(SyscallError) -> Descriptor {
        let fd = descriptor.raw
        return Descriptor(
            try check("open", "\(path)/\(name)") {
                podrun_openat2(fd, name, flags | O_CLOEXEC, mode, bounds.resolve)
            })
    }

    package borrowing func openDirectory(_ name: String, within bounds: Bounds) throws(SyscallError) -> Directory {
        Directory(try open(name, O_RDONLY | O_DIRECTORY, within: bounds), path: "\(path)/\(name)")
    }

    /// Names of the entries without `.` and `..`, in no order.
    package borrowing func names() throws(SyscallError) -> [String] {
        let entries = try openDirectory(".", within: .beneathNoLinks)
        let fd = entries.descriptor.raw
        let copy = try check("open", path) { fcntl(fd, F_DUPFD_CLOEXEC, 3) }
        guard let stream = fdopendir(copy) else {
            Glibc.close(copy)
            throw SyscallError(call: "open directory", subject: path, errno: ENOMEM)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            var entry: UnsafeMutablePointer<dirent>?
            try check("read directory", path) { () -> Int32 in
                // The end of the directory leaves it as it is.
                errno = 0
                entry = readdir(stream)
                return entry == nil && errno != 0 ? -1 : 0
            }
            guard let entry else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes `path` and its missing parents; those that exist stay as they are. `mode` is not narrowed by the umask
    /// for the last one, which is what callers ask for by number.
    package static func make(_ path: String, mode: mode_t = 0o755) throws(SyscallError) {
        let made = try check("mkdir", path, unless: EEXIST, ENOENT) { mkdir(path, mode) }
        if made != nil {
            try check("chmod", path) { chmod(path, mode) }
            return
        }
        var status = stat()
        if stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { return }
            throw SyscallError(call: "mkdir", subject: path, errno: ENOTDIR)
        }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SyscallError(call: "mkdir", subject: path, errno: ENOENT)
        }
        try make(String(path[..<slash]))
        try check("mkdir", path, unless: EEXIST) { mkdir(path, mode) }
        try check("chmod", path) { chmod(path, mode) }
    }
}
