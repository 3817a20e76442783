import CShim
import Glibc
import PodModel
import PodPlanning

/// The directory of a volume whose content changes as a whole, laid out as the kubelet's atomic writer does
/// (pkg/volume/util/atomic_writer.go):
///
///     name -> ..data/name                       what containers open
///     ..data -> ..2026_11_21_15_04_05.4711      replaced by rename: all files change at once
///     ..2026_11_21_15_04_05.4711/name           the files
///
/// Everything is reached from one descriptor, nothing is followed and nothing is written into: an update makes new files,
/// so a name that somebody replaced by a link leads nowhere (attack B12).
package struct AtomicVolume: ~Copyable {
    private let root: Directory
    private static let dataLink = "..data"
    private static let newDataLink = "..data_tmp"

    /// - Parameter path: an existing directory that no container can write.
    package init(_ path: String) throws(SyscallError) {
        root = Directory(
            try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path: path)
    }

    /// Shows `payload` from now on; nothing is touched when it already is what is shown.
    /// - Parameters:
    ///   - group: fsGroup: owns everything and can read it.
    ///   - now: names the new data directory.
    package borrowing func write(_ payload: VolumePayload, group: UInt32?, now: Timestamp) throws(SyscallError) {
        let old = try currentData()
        if let old, try isShown(payload, in: old) { return try link(payload.visibleNames) }
        try removeLeftovers(but: old)
        let new = try makeDataDirectory(now: now)
        do throws(SyscallError) {
            try write(payload, into: new, group: group)
            try exchange(new)
        } catch {
            try? TreeRemoval.remove("\(root.path)/\(new)")
            throw error
        }
        try link(payload.visibleNames)
        guard let old else { return }
        try unlinkNames(of: old, but: payload.visibleNames)
        try TreeRemoval.remove("\(root.path)/\(old)")
    }

    // MARK: - What is there

    /// Name of the data directory that is shown; nil before the first write.
    private borrowing func currentData() throws(SyscallError) -> String? {
        let fd = root.descriptor.raw
        var target = [CChar](repeating: 0, count: 256)
        let size = target.count
        let count = try check("readlink", Self.dataLink, unless: ENOENT) {
            readlinkat(fd, Self.dataLink, &target, size)
        }
        guard let count else { return nil }
        let name = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.hasPrefix("..") && name.count > 2 && !name.contains("/") ? name : nil
    }

    /// The shown files are exactly the payload's. Modes never change for a pod.
    private borrowing func isShown(_ payload: VolumePayload, in data: String) throws(SyscallError) -> Bool {
        guard let directory = try? root.openDirectory(data, within: .beneathNoLinks) else { return false }
        var remaining = Set(payload.files.keys)
        return try isShown(payload, in: directory, prefix: "", &remaining) && remaining.isEmpty
    }

    private borrowing func isShown(
        _ payload: VolumePayload, in directory: borrowing Directory, prefix: String, _ remaining: inout Set<String>
    ) throws(SyscallError) -> Bool {
        for name in try directory.names() {
            let path = prefix + name
            if let file = payload.files[path] {
                guard let opened = try? directory.open(name, O_RDONLY | O_NONBLOCK, within: .beneathNoLinks),
                    try FileBytes.read(opened, path: path, limit: 16 << 20) == file.bytes
                else { return false }
                remaining.remove(path)
            } else {
                guard payload.directories.contains(path),
                    let inner = try? directory.openDirectory(name, within: .beneathNoLinks),
                    try isShown(payload, in: inner, prefix: path + "/", &remaining)
                else { return false }
            }
        }
        return true
    }

    // MARK: - Changing it

    /// What an agent left that died while it wrote.
    private borrowing func removeLeftovers(but data: String?) throws(SyscallError) {
        for name in try root.names() where name.hasPrefix("..") && name != Self.dataLink && name != data {
            try TreeRemoval.remove("\(root.path)/\(name)")
        }
    }

    private borrowing func makeDataDirectory(now: Timestamp) throws(SyscallError) -> String {
        let fd = root.descriptor.raw
        var random = SystemRandomNumberGenerator()
        while true {
            let name = now.dataDirectoryName(random: random.next())
            if try check("mkdir", name, unless: EEXIST, body: { mkdirat(fd, name, 0o755) }) != nil { return name }
        }
    }

    private borrowing func write(
        _ payload: VolumePayload, into data: String, group: UInt32?
    ) throws(SyscallError) {
        let top = try root.openDirectory(data, within: .beneathNoLinks)
        try own(top.descriptor, data, mode: group == nil ? 0o755 : 0o2755, group: group)
        let fd = top.descriptor.raw
        for path in payload.directories {
            try check("mkdir", path) { mkdirat(fd, path, 0o755) }
            let directory = try top.openDirectory(path, within: .beneathNoLinks)
            try own(directory.descriptor, path, mode: group == nil ? 0o755 : 0o2755, group: group)
        }
        for (path, file) in payload.files {
            let mode = group == nil ? file.mode : file.mode | 0o440
            let opened = try top.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode, within: .beneathNoLinks)
            try FileBytes.write(file.bytes, to: opened, path: path)
            try own(opened, path, mode: mode, group: group)
        }
    }

    /// The mode comes last: chown takes set-id bits away, and whoever made the file had a umask.
    private borrowing func own(
        _ file: borrowing Descriptor, _ path: String, mode: UInt32, group: UInt32?
    ) throws(SyscallError) {
        let fd = file.raw
        if let group { try check("chown", path) { fchown(fd, uid_t.max, group) } }
        try check("chmod", path) { fchmod(fd, mode) }
    }

    private borrowing func exchange(_ data: String) throws(SyscallError) {
        let fd = root.descriptor.raw
        try check("symlink", Self.newDataLink) { symlinkat(data, fd, Self.newDataLink) }
        try check("rename", Self.dataLink) { renameat(fd, Self.newDataLink, fd, Self.dataLink) }
    }

    /// A name that is taken stays: a mount point of another volume.
    private borrowing func link(_ names: Set<String>) throws(SyscallError) {
        let fd = root.descriptor.raw
        for name in names {
            try check("symlink", name, unless: EEXIST) { symlinkat("\(Self.dataLink)/\(name)", fd, name) }
        }
    }

    private borrowing func unlinkNames(of data: String, but names: Set<String>) throws(SyscallError) {
        let fd = root.descriptor.raw
        for name in try root.openDirectory(data, within: .beneathNoLinks).names() where !names.contains(name) {
            try check("unlink", name, unless: ENOENT, EISDIR) { unlinkat(fd, name, 0) }
        }
    }
}
