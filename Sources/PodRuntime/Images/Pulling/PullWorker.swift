import CShim
import Glibc
import PodLinux
import PodModel

/// `podrun worker NAME`: the short-lived processes of a pull.
///
///     coordinator --- request --> worker blob  (network, no capabilities, writes no files)
///                                      | pipe
///                 --- request --> worker layer (chroot in its own staging directory, few capabilities)
///                 <-- report lines of both --
package enum PullWorker {
    /// Runs `blob`, `layer` or `flush DIRECTORY` to its end.
    /// - Parameter arguments: what follows `podrun worker`.
    /// - Returns: the exit code; nil when there is no such worker.
    package static func run(_ arguments: [String]) -> Int32? {
        switch (arguments.first, arguments.count) {
        case ("blob", 1): return reporting { try BlobWorker(request: read(BlobRequest.self)).run($0) }
        case ("layer", 1): return reporting { try LayerWorker(request: read(LayerRequest.self)).run($0) }
        case ("flush", 2):
            return (try? ImageStore(directory: arguments[1]).flush()) == nil ? 1 : 0
        default: return nil
        }
    }

    /// Where the blob goes from one worker to the other.
    static let data: Int32 = 3

    private static func read<Request: Decodable>(_ type: Request.Type) throws -> Request {
        try JSON.decode(type, from: FileBytes.read(Descriptor(STDIN_FILENO), path: "stdin", limit: 1 << 20))
    }

    private static func reporting(_ body: (ReportLines) throws -> Void) -> Int32 {
        let lines = ReportLines()
        do {
            try body(lines)
            return 0
        } catch let error as ImageError {
            lines.fail(error)
        } catch {
            lines.fail(ImageError(.host, "\(error)"))
        }
        return 1
    }
}

/// The lines a worker writes to stdout.
final class ReportLines {
    private static let interval: Int64 = 100_000_000

    private var next = Clock.monotonic()

    /// At most ten times a second.
    func progress(_ bytes: Int64) {
        let now = Clock.monotonic()
        guard now >= next else { return }
        next = now.advanced(byNanoseconds: Self.interval)
        var report = WorkerReport(.progress)
        report.blobBytes = bytes
        write(report)
    }

    func retry(_ message: String) {
        var report = WorkerReport(.retry)
        report.message = message
        write(report)
    }

    func fail(_ error: ImageError) {
        var report = WorkerReport(.error)
        report.kind = error.kind
        report.message = error.description
        write(report)
    }

    /// Nobody listening any more is no error: the coordinator is about to end this process.
    func write(_ report: WorkerReport) {
        guard let line = try? JSON.encode(report) else { return }
        let bytes = line + [10]
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count <= 0 { return }
            done += count
        }
    }
}
