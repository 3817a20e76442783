import CShim
import Glibc
import PodLinux

/// What a container said at its end (kubelet kuberuntime_container.go, getTerminationMessage). The file was the
/// container's to fill: nothing about it is believed.
enum TerminationMessage {
    /// Bytes of the file's end that are shown.
    private static let fileLimit = 4096
    /// Lines and bytes of the log's end that stand in for an empty file.
    private static let logLines = 80
    private static let logLimit = 2048

    /// Empty when there is none, or it is no regular file.
    static func file(_ path: String) -> String {
        guard let file = try? Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY) else { return "" }
        let descriptor = file.raw
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return "" }
        var bytes = [UInt8](repeating: 0, count: fileLimit)
        let count = pread(descriptor, &bytes, fileLimit, max(0, status.st_size - off_t(fileLimit)))
        _ = consume file
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    static func endOfLog(root: String, relativePath: String, attempt: Int) -> String {
        var bytes: [UInt8] = []
        let options = LogOptions(tailLines: logLines)
        guard
            let reader = try? LogReader(root: root, relativePath: relativePath, attempt: attempt, options: options)
        else { return "" }
        func take(_ block: [UInt8]) {
            bytes += block
            if bytes.count > logLimit { bytes.removeFirst(bytes.count - logLimit) }
        }
        try? reader.readPresent(take)
        try? reader.finish(take)
        return String(decoding: bytes, as: UTF8.self)
    }
}
