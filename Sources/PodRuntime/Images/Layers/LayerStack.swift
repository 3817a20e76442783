import CShim
import Glibc
import PodLinux

/// Unpacked layers seen as overlayfs will show them, read without mounting anything.
///
/// Lookups go one component at a time through directory descriptors, whiteouts and opaque directories are honoured, and
/// symbolic links are resolved here, inside the stack: nothing an image holds can lead a lookup to a host file.
final class LayerStack {
    /// What a name is, from the topmost layer that has it.
    enum Node {
        case directory(MergedDirectory)
        /// The directory that holds it, to open it by `name`.
        case other(directory: DescriptorBox, status: stat)
    }

    /// One directory of the merged tree: the layers' directories that make it up, topmost first. Never empty.
    struct MergedDirectory {
        var parts: [DescriptorBox]
    }

    private let root: MergedDirectory

    /// `layers` are the layers' root directories, topmost first; nil for none.
    init?(_ layers: [DescriptorBox]) {
        guard let parts = try? Self.merged(layers) else { return nil }
        root = MergedDirectory(parts: parts)
        if parts.isEmpty { return nil }
    }

    /// The directory at `components` with no symbolic link on the way; nil when it isn't one.
    func directory(at components: [[CChar]]) throws -> MergedDirectory? {
        var current = root
        for component in components {
            guard case .directory(let next)? = try node(component, in: current) else { return nil }
            current = next
        }
        return current
    }

    /// The bytes of the regular file at `path`, links followed inside the stack; nil when there is none, when it isn't
    /// a regular file, or when it has more than `limit` bytes (a user database no lookup should have to read).
    func file(_ path: String, limit: Int) throws -> [UInt8]? {
        guard let (directory, name, status) = try resolve(path) else { return nil }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        guard
            let opened = try check(
                "open", path, unless: ENOENT, ELOOP, ENXIO,
                body: {
                    openat(directory.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
                })
        else { return nil }
        let file = Descriptor(opened)
        var found = stat()
        try check("stat", path) { fstat(opened, &found) }
        guard found.st_mode & S_IFMT == S_IFREG, found.st_size <= limit else { return nil }
        return try FileBytes.read(file, path: path, limit: limit)
    }

    private func resolve(_ path: String) throws -> (DescriptorBox, [CChar], stat)? {
        var pending = Self.components(Array(path.utf8CString.dropLast()))
        var trail = [root]
        var links = 0
        while let component = pending.first {
            pending.removeFirst()
            if component == [Self.dot, Self.dot, 0] {
                if trail.count > 1 { trail.removeLast() }
                continue
            }
            guard let current = trail.last, let node = try node(component, in: current) else { return nil }
            switch node {
            case .directory(let directory): trail.append(directory)
            case .other(let holder, let status):
                guard status.st_mode & S_IFMT == S_IFLNK else {
                    return pending.isEmpty ? (holder, component, status) : nil
                }
                links += 1
                if links > 40 || trail.count + pending.count > 4096 { return nil }
                let target = try Self.target(of: component, in: holder)
                if target.first == Self.slash { trail = [root] }
                pending = Self.components(target) + pending
            }
        }
        return nil
    }

    /// `name` in the topmost layer that has it, merged with the layers below while they are directories.
    private func node(_ name: [CChar], in directory: MergedDirectory) throws -> Node? {
        var found: [DescriptorBox] = []
        for part in directory.parts {
            var status = stat()
            guard
                try check(
                    "stat", EntryPath.text(name), unless: ENOENT, ENAMETOOLONG,
                    body: {
                        fstatat(part.raw, name, &status, AT_SYMLINK_NOFOLLOW)
                    }) != nil
            else { continue }
            if status.st_mode & S_IFMT != S_IFDIR {
                if !found.isEmpty || Self.isWhiteout(status) { break }
                return .other(directory: part, status: status)
            }
            found.append(
                DescriptorBox(
                    Descriptor(
                        try check("open", EntryPath.text(name)) {
                            openat(part.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        })))
            if Self.isOpaque(found[found.count - 1].raw) { break }
        }
        return found.isEmpty ? nil : .directory(MergedDirectory(parts: found))
    }

    /// The parts down to and including the first opaque one.
    private static func merged(_ parts: [DescriptorBox]) throws -> [DescriptorBox] {
        guard let last = parts.firstIndex(where: { isOpaque($0.raw) }) else { return parts }
        return Array(parts[...last])
    }

    static func isWhiteout(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    private static func isOpaque(_ directory: Int32) -> Bool {
        var value: UInt8 = 0
        return fgetxattr(directory, "trusted.overlay.opaque", &value, 1) == 1 && value == UInt8(ascii: "y")
    }

    private static func target(of name: [CChar], in directory: DescriptorBox) throws -> [CChar] {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = try check("readlink", EntryPath.text(name)) { readlinkat(directory.raw, name, &bytes, bytes.count) }
        return Array(bytes.prefix(count))
    }

    /// NUL-terminated components without empty ones and `.`; `..` stays.
    private static func components(_ path: [CChar]) -> [[CChar]] {
        path.split(separator: slash).filter { !$0.elementsEqual([dot]) }.map { Array($0) + [0] }
    }

    private static let slash = CChar(UInt8(ascii: "/"))
    private static let dot = CChar(UInt8(ascii: "."))
}
