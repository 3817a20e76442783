import PodLinux
import PodModel
import PodPlanning
import PodRuntime

/// `podrun lab trace FILE`: starts a pod and shows when the agent, the keeper and each child did what.
@MainActor
struct TraceLab {
    let session: LabSession
    let pod: Pod
    let keeps: Bool

    func run() throws {
        var traced = pod
        traced.metadata.annotations[TimelineSpan.annotation] = "true"
        let start = Clock.monotonic().nanoseconds
        let uid = try session.create(traced, keeps: keeps)
        let end = Clock.monotonic().nanoseconds
        let spans = try TimelineSpan.read(of: uid, paths: session.paths)
        let processes = try ProcessTimeline.read(directory: session.paths.keeperDirectory(uid))
        let waterfall = Waterfall(
            [.init(lane: "podrun", what: "apply: request and answer", from: start, to: end)]
                + Self.rows(spans, processes), start: start)
        try Console.print(
            session.ink(.bold, "pod/\(pod.metadata.name)")
                + ": \((end - start) / 1000) µs from the request to the answer\n\n"
                + waterfall.lines(session.ink).map { $0 + "\n" }.joined())
    }

    static func rows(_ spans: [TimelineSpan], _ processes: [ProcessTimeline]) -> [Waterfall.Row] {
        spans.filter { $0.process == 0 }.map { .init(lane: "agent", what: $0.what, from: $0.from, to: $0.to) }
            + processes.flatMap { process in
                let program = spans.first { $0.process == process.id }
                return rows(of: process, program?.what ?? "process \(process.id)", program?.ops ?? [])
            }
    }

    private static func rows(of process: ProcessTimeline, _ name: String, _ ops: [String]) -> [Waterfall.Row] {
        let first = process.ops.first ?? process.endedAt
        let begins = process.ops + [process.endedAt]
        // The child may be at its first op before the keeper's clone3 returns.
        let born = min(process.clonedAt, first - 1)
        return [
            .init(
                lane: "keeper", what: "\(name): check the program, clone3", from: process.receivedAt,
                to: process.clonedAt),
            .init(lane: name, what: "born: descriptors, signals", from: born, to: first),
        ]
            + process.ops.indices.map { index -> Waterfall.Row in
                let text = ops.indices.contains(index) ? ops[index] : "op \(index)"
                return .init(
                    lane: name, what: String(text.drop { $0 == " " }), from: begins[index], to: begins[index + 1])
            }
    }
}
