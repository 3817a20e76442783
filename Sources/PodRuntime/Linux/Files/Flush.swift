import CShim
import Glibc

/// Has the disk keep a file without blocking the loop.
package enum Flush {
    /// Flushes a file and then its directory `parent` (fsync); the handler is called from the loop when the disk has both, or with
    /// what went wrong.
    package static func begin(
        _ path: String, in parent: String, loop: EventLoop, _ handler: @escaping (SyscallError?) -> Void
    ) throws(SyscallError) {
        let file = try Descriptor.open(path, O_RDONLY)
        let directory = try Descriptor.open(parent, O_RDONLY | O_DIRECTORY)
        let descriptors = (file.release(), directory.release())
        let done = DescriptorBox(
            Descriptor(try check("flush", path) { podrun_flush(descriptors.0, descriptors.1) }))
        var registration: EventLoop.Registration?
        registration = try loop.watch(done.raw, .readable) { _ in
            if let registration { loop.unwatch(registration) }
            var errno: Int32 = 0
            let count = read(done.raw, &errno, MemoryLayout.size(ofValue: errno))
            done.close()
            if count != MemoryLayout.size(ofValue: errno) { errno = EIO }
            handler(errno == 0 ? nil : SyscallError(call: "fsync", subject: path, errno: errno))
        }
    }
}
