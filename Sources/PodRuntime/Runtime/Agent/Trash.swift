import Glibc
import PodLinux
import PodPlanning

/// What containers filled and nobody needs any more. It is moved out of the way at once; what is small goes at once too,
/// the rest is a `podrun worker remove`'s: a container may have left a million files, and the loop waits for none.
@MainActor
final class Trash {
    /// Entries that are removed on the spot: a start or an end of a pod needs no worker then.
    private static let entriesAtOnce: UInt32 = 300

    private let directory: String
    private let loop: EventLoop
    private var worker: WorkerProcess?
    /// Something came while the worker was at it.
    private var isDirty = false

    init(paths: HostPaths, loop: EventLoop) {
        directory = paths.trashDirectory
        self.loop = loop
    }

    /// Takes `path` away; nothing there is no error. Its name is free when this returns.
    func discard(_ path: String) throws {
        let target = "\(directory)/\(PodUID.random())"
        try Directory.make(directory, mode: 0o700)
        do throws(SyscallError) {
            try check("move to the trash", path) { rename(path, target) }
        } catch {
            if error.errno == ENOENT { return }
            // On another file system: no worker may be at it when the name is used again.
            return try TreeRemoval.remove(path)
        }
        if try !TreeRemoval.begin(target, entries: Self.entriesAtOnce) { try empty() }
    }

    /// Goes on with what an earlier agent, or a file that could not be removed then, left.
    func emptySoon() {
        loop.schedule(at: Clock.monotonic()) { [weak self] in
            guard let self, let names = try? Directory(self.directory).names(), !names.isEmpty else { return }
            do {
                try self.empty()
            } catch {
                Host.write("empty \"\(self.directory)\": \(error)")
            }
        }
    }

    private func empty() throws {
        isDirty = true
        guard worker == nil else { return }
        isDirty = false
        worker = try WorkerProcess(
            ["remove", directory], loop: loop, onLine: { _ in },
            onEnd: { [weak self] _ in
                guard let self else { return }
                self.worker = nil
                if self.isDirty { self.emptySoon() }
            })
    }
}

/// The process `podrun worker remove`.
package enum TrashWorker {
    /// Removes everything in a directory; what can't be removed stays, and standard error says why.
    ///
    /// - Returns: the exit code.
    package static func run(_ directory: String) throws -> Int32 {
        var code: Int32 = 0
        for name in try Directory(directory).names() {
            do throws(SyscallError) {
                try TreeRemoval.remove("\(directory)/\(name)")
            } catch {
                code = 1
                let line = Array("\(error)\n".utf8)
                _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            }
        }
        return code
    }
}
