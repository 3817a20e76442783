import CArchive
import Glibc

/// One entry of a tar stream with its metadata, numbers checked against what Linux can hold.
struct TarEntry {
    enum Kind: Equatable {
        case file(size: Int64)
        case directory
        /// Target as written, NUL-terminated; never followed by podrun.
        case symbolicLink(target: [CChar])
        case hardLink(target: EntryPath)
        case character(device: UInt64)
        case block(device: UInt64)
        case fifo
    }

    let path: EntryPath
    let kind: Kind
    /// Permission bits with setuid, setgid and sticky.
    let mode: mode_t
    let user: uid_t
    let group: gid_t
    let modified: timespec
    let attributes: [(name: String, value: [UInt8])]

    /// Reads libarchive's current entry.
    init(_ entry: OpaquePointer, limits: ImageLimits) throws(ImageError) {
        guard let name = archive_entry_pathname(entry) else {
            throw ImageError(.invalid, "invalid entry: its name is missing or in an unknown encoding")
        }
        path = try EntryPath(name, limits: limits)
        kind = try Self.kind(of: entry, path: path, limits: limits)
        mode = archive_entry_perm(entry) & 0o7777
        user = try Self.identity(archive_entry_uid(entry), "user", path)
        group = try Self.identity(archive_entry_gid(entry), "group", path)
        // The kernel clamps seconds to what the file system holds; nanoseconds out of range would be refused.
        let seconds = archive_entry_mtime_is_set(entry) != 0 ? archive_entry_mtime(entry) : 0
        modified = timespec(tv_sec: seconds, tv_nsec: max(0, min(999_999_999, Int(archive_entry_mtime_nsec(entry)))))
        attributes = try Self.attributes(of: entry, path: path, limits: limits)
    }

    private static func kind(
        of entry: OpaquePointer, path: EntryPath, limits: ImageLimits
    ) throws(ImageError) -> Kind {
        if let target = archive_entry_hardlink(entry) {
            return .hardLink(target: try EntryPath(target, limits: limits))
        }
        switch archive_entry_filetype(entry) {
        case S_IFREG:
            let size = archive_entry_size(entry)
            if size < 0 { throw failure(path, "negative size") }
            return .file(size: size)
        case S_IFDIR: return .directory
        case S_IFLNK:
            guard let target = archive_entry_symlink(entry) else {
                throw failure(path, "symbolic link without a target")
            }
            let length = strlen(target)
            if length == 0 || length > 4095 { throw failure(path, "symbolic link target of \(length) bytes") }
            return .symbolicLink(target: Array(UnsafeBufferPointer(start: target, count: length + 1)))
        case S_IFCHR: return .character(device: try device(of: entry, path: path))
        case S_IFBLK: return .block(device: try device(of: entry, path: path))
        case S_IFIFO: return .fifo
        default: throw failure(path, "unknown kind of file")
        }
    }

    /// Linux has 12 bits of major and 20 bits of minor number; more would wrap around to another device.
    private static func device(of entry: OpaquePointer, path: EntryPath) throws(ImageError) -> UInt64 {
        let major = UInt64(archive_entry_rdevmajor(entry))
        let minor = UInt64(archive_entry_rdevminor(entry))
        guard major < 1 << 12, minor < 1 << 20 else {
            throw failure(path, "device number \(major):\(minor) is out of range")
        }
        return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)
    }

    /// 4294967295 means "unchanged" to chown, so it isn't an owner.
    private static func identity(_ value: Int64, _ what: String, _ path: EntryPath) throws(ImageError) -> UInt32 {
        guard value >= 0, value < Int64(UInt32.max) else { throw failure(path, "\(what) id \(value) is out of range") }
        return UInt32(value)
    }

    private static func attributes(
        of entry: OpaquePointer, path: EntryPath, limits: ImageLimits
    ) throws(ImageError) -> [(name: String, value: [UInt8])] {
        guard archive_entry_xattr_reset(entry) > 0 else { return [] }
        var kept: [(name: String, value: [UInt8])] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
            guard let name else { continue }
            let text = String(cString: name)
            guard isKept(text) else { continue }
            if kept.count == limits.attributes {
                throw failure(path, "more than \(limits.attributes) extended attributes")
            }
            if count > limits.attributeBytes {
                throw failure(path, "extended attribute \"\(text.prefix(64))\" of \(count) bytes")
            }
            kept.append((text, Array(UnsafeRawBufferPointer(start: value, count: count))))
        }
        return kept
    }

    /// File capabilities and the users' own attributes. Everything else is dropped: `trusted.overlay.*` would let a
    /// layer redirect into others, `security.*` belongs to the host's policy, ACLs are not in the image format.
    static func isKept(_ attribute: String) -> Bool {
        attribute == "security.capability"
            || (attribute.hasPrefix("user.") && !attribute.hasPrefix("user.overlay.") && attribute.utf8.count <= 255)
    }

    private static func failure(_ path: EntryPath, _ reason: String) -> ImageError {
        ImageError(.invalid, "invalid entry \"\(path.text)\": \(reason)")
    }
}
