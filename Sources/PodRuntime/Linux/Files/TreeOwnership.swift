import CShim
import Glibc

/// fsGroup on a directory that containers of other pods may be writing to: links are never followed, mounts never crossed.
package enum TreeOwnership {
    /// What a group needs of a directory: read, write, enter, and the setgid bit.
    private static let directoryBits: mode_t = 0o2770

    /// The root is the group's, which it becomes after everything below it.
    package static func isDone(_ path: String, group: UInt32) throws(SyscallError) -> Bool {
        var status = stat()
        try check("stat", path) { stat(path, &status) }
        return status.st_gid == group && status.st_mode & directoryBits == directoryBits
    }

    /// Gives `path` and everything below it to a group: files become readable and writable for it, directories enterable
    /// and setgid (pkg/volume/volume_linux.go). Blocks as long as it takes: for a worker.
    package static func give(_ path: String, to group: UInt32) throws(SyscallError) {
        let directory = try Descriptor.open(path, PODRUN_O_PATH | O_DIRECTORY)
        let fd = directory.raw
        try check("give to group \(group)", path) { podrun_own_tree(fd, group) }
    }
}
