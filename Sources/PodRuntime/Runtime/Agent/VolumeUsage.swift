import CShim
import Glibc
import PodLinux
import PodPlanning

/// Looks at what pods with limits take of the disk and has those evicted that exceed one. A `podrun worker usage`
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

    /// A pod came: goes on for as long as there is one with such a limit.
    func consider(_ runner: PodRunner) {
        guard !isActive, !StorageLimits(runner.pod, paths: host.paths).paths.isEmpty else { return }
        schedule(after: Self.shortestPause)
    }

    private func schedule(after pause: Int64) {
        isActive = true
        host.loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: pause)) { [weak self] in self?.look() }
    }

    private func look() {
        isActive = false
        var looked: [(runner: PodRunner, limits: StorageLimits)] = []
        for runner in pods() where !runner.machine.isFinished && runner.machine.deletionTimestamp == nil {
            let limits = StorageLimits(runner.pod, paths: host.paths)
            if !limits.paths.isEmpty { looked.append((runner, limits)) }
        }
        guard !looked.isEmpty else { return }
        let begin = Clock.monotonic()
        var lines: [String] = []
        do {
            _ = try WorkerProcess(
                ["usage"] + looked.flatMap(\.limits.paths), loop: host.loop,
                onLine: { lines.append(String(decoding: $0, as: UTF8.self)) },
                onEnd: { [weak self] _ in
                    var bytes = lines.map { Int64($0) ?? -1 }[...]
                    for (runner, limits) in looked {
                        let used = Array(bytes.prefix(limits.paths.count))
                        bytes = bytes.dropFirst(limits.paths.count)
                        guard let message = limits.evictionMessage(usedBytes: used) else { continue }
                        runner.handle(.evicted(message: message))
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
