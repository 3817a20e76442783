import CShim
import Glibc
import PodLinux

/// Fetches one blob and writes it to a pipe: all of a pull's network, in a process that has nothing else.
struct BlobWorker {
    let request: BlobRequest

    /// libcurl and a TLS library with room to spare.
    private static let memory: UInt64 = 128 << 20

    func run(_ lines: ReportLines) throws {
        try check("wait for parent") { podrun_end_with_parent(request.parent) }
        let source = source(lines)
        let digest = try IndexWalk.digest(request.digest)
        try check("confine") { podrun_confine(0, Self.memory, 0) }
        var sent: Int64 = 0
        do {
            try source.fetch(digest, size: request.size) { block in
                var done = 0
                while done < block.count {
                    done += try check("write", "blob") {
                        write(PullWorker.data, block.baseAddress.map { $0 + done }, block.count - done)
                    }
                }
                sent += Int64(block.count)
            }
        } catch let error as SyscallError where error.errno == EPIPE {
            // The layer's worker has failed and says why.
        }
    }

    private func source(_ lines: ReportLines) -> any BlobFetch {
        guard let endpoint = request.origin.endpoint else { return LayoutSource(request.origin.layout) }
        return RegistrySource(
            endpoint, credentials: RegistryCredentials(only: request.origin.credential),
            authorization: request.origin.authorization, onRetry: lines.retry)
    }
}
