import Glibc
import PodLinux

/// Becomes readable when something is written in one of the directories, or files there come and go.
package final class DirectoryChanges {
    private let box: DescriptorBox

    package init(_ directories: [String]) throws(SyscallError) {
        box = DescriptorBox(
            Descriptor(try check("watch log directories") { inotify_init1(Int32(O_CLOEXEC | O_NONBLOCK)) }))
        let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE)
        for directory in Set(directories) {
            try check("watch log directory", directory, unless: ENOENT) {
                inotify_add_watch(box.raw, directory, events)
            }
        }
    }

    /// For poll(2).
    package var raw: Int32 { box.raw }

    /// Forgets what happened so far.
    package func clear() {
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while read(box.raw, &block, block.count) > 0 {}
    }
}
