import CShim
import Glibc

/// Removal of a directory tree that a container may have filled: by descriptors, links never followed, mounts never
/// crossed (CVE-2017-1002102).
package enum TreeRemoval {
    /// Removes `path` and everything below it; nothing there is no error. Blocks as long as it takes: for big trees
    /// run it in a worker.
    ///
    /// What can't be removed stays and the first such error is thrown, the rest is gone: EBUSY for a mount point, of
    /// which nothing is touched. Immutable and append-only flags are cleared. Trees of any depth take a bounded number
    /// of descriptors.
    package static func remove(_ path: String) throws(SyscallError) {
        _ = try remove(path, budget: 0)
    }

    /// The same for a loop that waits for nobody.
    ///
    /// - Parameter entries: removes at most so many, and no big file.
    /// - Returns: false when something is left because of that.
    package static func begin(_ path: String, entries: UInt32) throws(SyscallError) -> Bool {
        try remove(path, budget: entries)
    }

    private static func remove(_ path: String, budget: UInt32) throws(SyscallError) -> Bool {
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty, name != ".", name != ".." else {
            throw SyscallError(call: "remove", subject: path, errno: EINVAL)
        }
        let directory: Descriptor
        do throws(SyscallError) {
            directory = try Descriptor.open(parent, PODRUN_O_PATH | O_DIRECTORY)
        } catch  where error.errno == ENOENT {
            return true
        }
        let fd = directory.raw
        do throws(SyscallError) {
            try check("remove", path, unless: ENOENT) { podrun_remove_tree(fd, name, budget) }
        } catch  where error.errno == EINPROGRESS {
            return false
        }
        return true
    }
}
