import Glibc
import PodLinux
import PodModel
import PodPlanning

/// What the agent did for a pod, and when, for `podrun lab trace`: lines of JSON in the pod's run directory. Only a pod
/// with the annotation has one; the others pay for a look at a nil.
@MainActor
final class PodTimeline {
    private let path: String
    private var file: DescriptorBox?

    /// nil for a pod that is not traced.
    init?(of pod: Pod, paths: HostPaths) {
        guard pod.metadata.annotations[TimelineSpan.annotation] == "true" else { return nil }
        path = TimelineSpan.file(of: pod.metadata.uid, paths: paths)
    }

    func add(_ span: TimelineSpan) {
        if file == nil {
            file = try? DescriptorBox(Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600))
        }
        // Best effort: nothing depends on it.
        guard let file, let line = try? JSON.encode(span) + [UInt8(ascii: "\n")] else { return }
        _ = line.withUnsafeBytes { write(file.raw, $0.baseAddress, $0.count) }
    }
}

/// Something that took time, or (`ops`) the steps that a process was given.
package struct TimelineSpan: Codable, Equatable, Sendable {
    package static let annotation = "podrun/trace"

    package var what: String
    /// Nanoseconds of CLOCK_MONOTONIC.
    package var from: Int64
    package var to: Int64
    /// The keeper's id of the process whose ops these are; 0 for none.
    package var process: UInt64
    package var ops: [String]

    package init(_ what: String, from: Int64, to: Int64, process: UInt64 = 0, ops: [String] = []) {
        self.what = what
        self.from = from
        self.to = to
        self.process = process
        self.ops = ops
    }

    package static func file(of uid: String, paths: HostPaths) -> String { paths.podRunDirectory(uid) + "/timeline" }

    /// Those of a pod in the order in which they ended. No file is none.
    package static func read(of uid: String, paths: HostPaths) throws -> [TimelineSpan] {
        let bytes = try FileBytes.readIfPresent(file(of: uid, paths: paths), limit: 16 << 20) ?? []
        return try bytes.split(separator: UInt8(ascii: "\n")).map {
            try JSON.decode(TimelineSpan.self, from: Array($0))
        }
    }
}

extension PodRunner {
    /// Does something; how long it took is written down if the pod is traced.
    func measured<T>(_ what: @autoclosure () -> String, _ body: () throws -> T) rethrows -> T {
        guard let timeline else { return try body() }
        let from = Clock.monotonic().nanoseconds
        defer { timeline.add(TimelineSpan(what(), from: from, to: Clock.monotonic().nanoseconds)) }
        return try body()
    }

    /// The steps that a process has been given.
    func trace(_ program: ChildProgram, of name: String, process: UInt64) {
        guard let timeline else { return }
        let now = Clock.monotonic().nanoseconds
        let ops = program.lines.dropFirst(program.lines.count - program.ops.count)
        timeline.add(TimelineSpan(name, from: now, to: now, process: process, ops: Array(ops)))
    }
}

extension Effect {
    /// What a timeline calls it; nil for what takes no time.
    var timelineName: String? {
        switch self {
        case .createSandbox: "make the sandbox"
        case .resolveImage(let container): "find the image of \(container)"
        case .startContainer(let container, _, _): "start \(container)"
        default: nil
        }
    }
}
