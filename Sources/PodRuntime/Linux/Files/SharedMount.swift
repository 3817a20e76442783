import CShim
import Glibc

/// Mounts of the host's own namespace that what is mounted in them propagates from.
package enum SharedMount {
    /// Makes the directory a mount of its own, the head of a new peer group: of itself, or a tmpfs of `tmpfs`'s bytes and mode.
    package static func make(_ path: String, tmpfs: (bytes: UInt64, mode: UInt32)?) throws(SyscallError) {
        // What an agent that died left.
        try remove(path)
        if let tmpfs {
            let options = "mode=\(String(tmpfs.mode, radix: 8)),size=\(tmpfs.bytes)"
            try check("mount a tmpfs on", path) {
                mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), options)
            }
        } else {
            try check("bind", path) { mount(path, path, nil, UInt(MS_BIND), nil) }
        }
        do throws(SyscallError) {
            // Out of the group of the mount that it is a copy of, or below: only this directory's mounts propagate.
            try check("make private", path) { mount(nil, path, nil, UInt(MS_PRIVATE), nil) }
            try check("make shared", path) { mount(nil, path, nil, UInt(MS_SHARED), nil) }
        } catch {
            try remove(path)
            throw error
        }
    }

    /// Takes down every mount on `path`, with all that is mounted below; nothing there is no error.
    package static func remove(_ path: String) throws(SyscallError) {
        // A container may have stacked further ones on it.
        for _ in 0..<maximumStack {
            let unmounted = try check("unmount", path, unless: EINVAL, ENOENT) {
                umount2(path, Int32(MNT_DETACH | UMOUNT_NOFOLLOW))
            }
            if unmounted == nil { return }
        }
    }

    private static let maximumStack = 100_000

    /// A detached clone of the tree at `path`, or of `subPath` below it, in the same peer group. `subPath` is resolved without
    /// a link; missing parts are made with the mode and owner of `path`.
    package static func open(_ path: String, subPath: String) throws(SyscallError) -> DescriptorBox {
        let volume = try Descriptor.open(path, PODRUN_O_PATH)
        var directory = DescriptorBox(volume)
        var status = stat()
        let fd = directory.raw
        try check("look at", path) { fstat(fd, &status) }
        for part in subPath.split(separator: "/") {
            directory = DescriptorBox(try step(into: String(part), from: directory.raw, like: status, path: path))
        }
        let source = directory.raw
        return DescriptorBox(Descriptor(try check("clone the mount of", path) { podrun_clone_mount(source) }))
    }

    private static func step(
        into name: String, from directory: Int32, like volume: stat, path: String
    ) throws(SyscallError) -> Descriptor {
        func open() throws(SyscallError) -> Int32? {
            try check("open \"\(name)\" in", path, unless: ENOENT) {
                podrun_openat2(
                    directory, name, PODRUN_O_PATH | O_CLOEXEC, 0,
                    UInt64(PODRUN_RESOLVE_BENEATH | PODRUN_RESOLVE_NO_SYMLINKS))
            }
        }
        if let found = try open() { return Descriptor(found) }
        try check("mkdir \"\(name)\" in", path, unless: EEXIST) { mkdirat(directory, name, 0o700) }
        guard let made = try open() else {
            throw SyscallError(call: "open \"\(name)\" in", subject: path, errno: ENOENT)
        }
        let descriptor = Descriptor(made)
        let own = "/proc/self/fd/\(descriptor.raw)"
        try check("chown \"\(name)\" in", path) { chown(own, volume.st_uid, volume.st_gid) }
        try check("chmod \"\(name)\" in", path) { chmod(own, volume.st_mode & 0o7777) }
        return descriptor
    }

    /// The mount point of the mount that `path` is on, when that mount is not a shared one.
    package static func unsharedMountPoint(of path: String) throws(SyscallError) -> String? {
        var node = podrun_node()
        try check("look at", path) { podrun_statx(AT_FDCWD, path, 1, &node) }
        let table = String(decoding: try FileBytes.read("/proc/self/mountinfo", limit: 64 << 20), as: UTF8.self)
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, UInt64(fields[0]) == node.mount_id else { continue }
            let optional = fields[6...].prefix { $0 != "-" }
            return optional.contains { $0.hasPrefix("shared:") } ? nil : String(fields[4])
        }
        return path
    }
}
