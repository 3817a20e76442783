import Glibc
import PodLinux

/// Compares two directories of layers.
enum TreeComparison {
    /// The first thing in `path` that is not as in `wanted`; nil when all is. Times are not compared.
    static func difference(of path: String, from wanted: String) throws -> String? {
        let left = try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let right = try Descriptor.open(wanted, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        return try difference(left.raw, right.raw, "")
    }

    private static func difference(_ left: Int32, _ right: Int32, _ path: String) throws -> String? {
        let there = try names(left, path)
        let wanted = try names(right, path)
        let text = { (name: [CChar]) in "\"\(path)\(Self.text(name))\"" }
        if let missing = wanted.subtracting(there).first { return "\(text(missing)) is missing" }
        if let extra = there.subtracting(wanted).first { return "\(text(extra)) is not of the image" }
        for name in wanted {
            var found = stat()
            var expected = stat()
            try check("stat", text(name)) { fstatat(left, name, &found, AT_SYMLINK_NOFOLLOW) }
            try check("stat", text(name)) { fstatat(right, name, &expected, AT_SYMLINK_NOFOLLOW) }
            if found.st_mode != expected.st_mode || found.st_rdev != expected.st_rdev {
                return "\(text(name)) has another type or mode"
            }
            if found.st_uid != expected.st_uid || found.st_gid != expected.st_gid {
                return "\(text(name)) has another owner"
            }
            switch found.st_mode & S_IFMT {
            case S_IFDIR:
                let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
                let a = Descriptor(try check("open", text(name)) { openat(left, name, flags | O_CLOEXEC) })
                let b = Descriptor(try check("open", text(name)) { openat(right, name, flags | O_CLOEXEC) })
                if let difference = try difference(a.raw, b.raw, "\(path)\(Self.text(name))/") { return difference }
            case S_IFREG:
                if try found.st_size != expected.st_size || digest(left, name) != digest(right, name) {
                    return "\(text(name)) has other contents"
                }
            case S_IFLNK:
                if target(left, name) != target(right, name) { return "\(text(name)) leads elsewhere" }
            default: break
            }
        }
        return nil
    }

    private static func text(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// NUL-terminated, bytes as they are: names need not be text.
    private static func names(_ directory: Int32, _ path: String) throws -> Set<[CChar]> {
        let copy = try check("open", path) { openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw SyscallError(call: "open directory", subject: path, errno: ENOMEM)
        }
        defer { closedir(stream) }
        var names: Set<[CChar]> = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            if name != [46, 0], name != [46, 46, 0] { names.insert(name) }
        }
        return names
    }

    private static func digest(_ directory: Int32, _ name: [CChar]) throws -> ContentDigest {
        let fd = try check("open", "file of a layer") {
            openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        }
        return try FileBlocks(Descriptor(fd), subject: "file of a layer").digest()
    }

    private static func target(_ directory: Int32, _ name: [CChar]) -> [CChar] {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = readlinkat(directory, name, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}
