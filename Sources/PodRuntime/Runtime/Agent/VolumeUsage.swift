import CShim
import Glibc
import PodLinux
import PodPlanning

/// Looks at what emptyDirs with a sizeLimit take of the disk and has pods evicted that exceed it. A `podrun worker usage`
/// counts: a container may have made a million files. Rounds are as far apart as their cost asks for.
@MainActor
final class VolumeUsage {
    private static let shortestPause: Int64 = .seconds(1)
    private static let longestPause: Int64 = .seconds(60)
    /// A round may take a 50th of one CPU.
    private static let pauseFactor: Int64 = 50

    private let host: Host
    private let pods: () -> [PodRunner]
    /// A round is due or under way.
    private var isActive = false

    init(host: Host, pods: @escaping () -> [PodRunner]) {
        self.host = host
        self.pods = pods
    }

    /// A pod came: goes on for as long as there is one with such a volume.
    func consider(_ runner: PodRunner) {
        guard !isActive, !VolumeLimit.all(in: runner.pod, paths: host.paths).isEmpty else { return }
        schedule(after: Self.shortestPause)
    }

    private func schedule(after pause: Int64) {
        isActive = true
        host.loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: pause)) { [weak self] in self?.look() }
    }

    private func look() {
        isActive = false
        var looked: [(runner: PodRunner, limit: VolumeLimit)] = []
        for runner in pods() where !runner.machine.isFinished && runner.machine.deletionTimestamp == nil {
            looked += VolumeLimit.all(in: runner.pod, paths: host.paths).map { (runner, $0) }
        }
        guard !looked.isEmpty else { return }
        let begin = Clock.monotonic()
        var lines: [String] = []
        do {
            _ = try WorkerProcess(
                ["usage"] + looked.map(\.limit.path), loop: host.loop,
                onLine: { lines.append(String(decoding: $0, as: UTF8.self)) },
                onEnd: { [weak self] _ in
                    for (entry, line) in zip(looked, lines) {
                        guard let message = Int64(line).flatMap(entry.limit.evictionMessage(usedBytes:)) else {
                            continue
                        }
                        entry.runner.handle(.evicted(message: message))
                    }
                    let cost = Clock.monotonic().nanoseconds(since: begin)
                    self?.schedule(after: min(max(cost * Self.pauseFactor, Self.shortestPause), Self.longestPause))
                })
            isActive = true
        } catch {
            host.log("look at the size of volumes: \(error)")
            schedule(after: Self.longestPause)
        }
    }
}

/// The process `podrun worker usage`: a line with the bytes of each directory, in their order.
package enum UsageWorker {
    package static func run(_ paths: [String]) -> Int32 {
        for path in paths {
            let line = Array("\(podrun_tree_usage(path))\n".utf8)
            _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
        }
        return 0
    }
}
