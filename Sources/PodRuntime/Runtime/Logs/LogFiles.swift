import Glibc
import PodLinux

/// The files that hold one container instance's log, oldest first: rotated ones (`0.log.<suffix>`) and the live `0.log`.
///
/// Containers with a hostPath volume may reach these files, so names are resolved without following links and only
/// regular files are read (attacks E2).
struct LogFiles {
    struct Segment {
        let box: DescriptorBox
        let inode: ino_t
        /// Bytes, as of the opening.
        let size: UInt64
    }

    private let directory: DescriptorBox
    private let name: String

    /// - Parameters:
    ///   - directory: the container's log directory.
    ///   - attempt: the container's restart count, which names its files.
    init(directory: DescriptorBox, attempt: Int) {
        self.directory = directory
        name = "\(attempt).log"
    }

    /// Opens all files there are. Empty when the container has not started.
    func open() throws(LogError) -> [Segment] {
        // The live file first: one that is rotated meanwhile is then found twice, not lost.
        let live = try open(name)
        var segments: [Segment] = []
        for rotated in try rotatedNames() {
            guard let segment = try open(rotated), segment.inode != live?.inode else { continue }
            segments.append(segment)
        }
        if let live { segments.append(live) }
        return segments
    }

    /// The files written after `last`; empty while `last` is the live one.
    func opened(after last: Segment) throws(LogError) -> [Segment] {
        var status = stat()
        if fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_ino == last.inode { return [] }
        let segments = try open()
        guard let index = segments.firstIndex(where: { $0.inode == last.inode }) else { return segments }
        return Array(segments[(index + 1)...])
    }

    private func open(_ name: String) throws(LogError) -> Segment? {
        do throws(SyscallError) {
            // O_NONBLOCK: a FIFO put in the log's place must not stop the reader.
            let file = try Descriptor.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, at: directory.raw)
            let box = DescriptorBox(file)
            var status = stat()
            try check("stat log file", name) { fstat(box.raw, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else { throw SyscallError(call: "", subject: "", errno: ELOOP) }
            return Segment(box: box, inode: status.st_ino, size: UInt64(max(0, status.st_size)))
        } catch {
            switch error.errno {
            case ENOENT: return nil
            case ELOOP, ENXIO: throw LogError.notRegular(name)
            default: throw LogError.system(error)
            }
        }
    }

    /// Rotation's suffix is a time, so names sort by age.
    private func rotatedNames() throws(LogError) -> [String] {
        var names: [String] = []
        do throws(SyscallError) {
            let own = try Descriptor.open(".", O_RDONLY | O_DIRECTORY, at: directory.raw)
            let number = own.release()
            guard let stream = fdopendir(number) else {
                close(number)
                return []
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name.hasPrefix(self.name + ".") { names.append(name) }
            }
        } catch {
            throw LogError.system(error)
        }
        return names.sorted()
    }
}

/// Why a log can't be read.
package enum LogError: Error, CustomStringConvertible, Equatable {
    case missing(String)
    case notRegular(String)
    case system(SyscallError)

    package var description: String {
        switch self {
        case .missing(let path): "no log at \"\(path)\""
        case .notRegular(let name): "read log \"\(name)\": not a regular file"
        case .system(let error): "\(error)"
        }
    }
}
