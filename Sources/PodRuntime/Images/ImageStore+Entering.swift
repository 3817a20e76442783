import CShim
import Glibc
import PodLinux
import PodModel

extension ImageStore {
    /// The shared lock of everybody who brings images. Who comes while nobody else is there clears what killed processes
    /// left; who comes first after a boot also what a power cut left.
    func enter() throws -> StoreLock {
        try files.make()
        let path = files.directory + "/lock"
        if try !isCleared() {
            let alone = try StoreLock.exclusive(path)
            defer { alone.release() }
            if try !isCleared() { try clearAfterBoot() }
        } else if let alone = try StoreLock.exclusiveIfFree(path) {
            defer { alone.release() }
            try cleanStaging()
        }
        return try StoreLock.shared(path)
    }

    private func isCleared() throws -> Bool {
        let boot = try BootID.current()
        return try FileBytes.readIfPresent(files.boot, limit: 100) == Array(boot.utf8)
    }

    /// What was made and not flushed before a power cut may look complete and be empty. Everything that a flushed image
    /// needs was flushed with it; the rest goes.
    private func clearAfterBoot() throws {
        try removeGarbage()
        try markCleared()
    }

    /// For the holder of the exclusive lock, when all that is left is on disk or of this boot.
    func markCleared() throws {
        if try isCleared() { return }
        try AtomicFile.write(files.boot, Array(BootID.current().utf8), durable: true)
    }

    // MARK: Flushing

    /// Has the disk keep what was pulled, and marks it so. Costs a second for each few hundred megabytes, and nothing when
    /// there is nothing to flush.
    package func flush() throws {
        let boot = try BootID.current()
        let waiting = try NameCache.read(files).images.filter { $0.unflushed == boot }
        if waiting.isEmpty { return }
        try syncFileSystem()
        try changeIndex { index in
            // A name may lead to something newer by now, which was not flushed.
            for position in index.images.indices where waiting.contains(index.images[position]) {
                index.images[position].unflushed = ""
            }
        }
    }

    /// Everything written so far is on disk when this returns.
    func syncFileSystem() throws {
        let directory = try Descriptor.open(files.directory, O_RDONLY | O_DIRECTORY)
        let fd = directory.raw
        try check("flush", files.directory) { syncfs(fd) }
    }
}

/// The kernel's name for the time since it was started.
enum BootID {
    static func current() throws -> String { try FileBytes.line("/proc/sys/kernel/random/boot_id") }
}
