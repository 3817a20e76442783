import CShim
import Glibc

/// A directory whose files are only in memory.
package enum MemoryDirectory {
    /// Makes `path`, for root alone, unless it is there; where it would be on a disk, a tmpfs is mounted on it, which
    /// stays until somebody unmounts it.
    package static func make(_ path: String) throws(SyscallError) {
        try Directory.make(path, mode: 0o700)
        if try isInMemory(path) { return }
        try check("mount a tmpfs on", path) {
            mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC), "mode=0700")
        }
    }

    /// Unmounts what ``make(_:)`` mounted on `path`, if it did. What still has files or users there stays.
    package static func release(_ path: String) throws(SyscallError) {
        guard let slash = path.lastIndex(of: "/"), try mountID(path) != mountID(String(path[..<slash])) else { return }
        try check("unmount", path, unless: EBUSY) { umount2(path, 0) }
    }

    private static func mountID(_ path: String) throws(SyscallError) -> UInt64 {
        var node = podrun_node()
        try check("look at", path) { podrun_statx(AT_FDCWD, path, 1, &node) }
        return node.mount_id
    }

    package static func isInMemory(_ path: String) throws(SyscallError) -> Bool {
        try check("look at the file system of", path) { podrun_is_tmpfs(path) } == 1
    }
}
