import CShim
import Glibc
import PodLinux
import PodModel
import PodPlanning

/// What a command of the pod's manifest writes that runs in a container: an exec probe or hook.
@MainActor
final class CommandOutput {
    /// Most bytes that are kept; the rest is read and dropped (pkg/probe/exec, maxReadLength).
    private static let limit = 10 << 10
    /// How long a command that writes more than that waits until the next of it is dropped, nanoseconds: it must not keep
    /// the agent busy.
    private static let pause: Int64 = 20_000_000

    private let loop: EventLoop
    private let pipe: DescriptorBox
    private var registration: EventLoop.Registration?
    private var bytes: [UInt8] = []

    /// - Parameter pipe: where the command's stdout and stderr come from.
    init(of pipe: DescriptorBox, loop: EventLoop) throws {
        self.loop = loop
        self.pipe = pipe
        try check("fcntl") { podrun_set_nonblocking(pipe.raw, 1) }
        try watch()
    }

    private func watch() throws {
        registration = try loop.watch(pipe.raw, .readable) { [weak self] _ in self?.receive() }
    }

    private func receive() {
        read()
        guard bytes.count == Self.limit, registration != nil else { return }
        unwatch()
        loop.schedule(at: Clock.monotonic().advanced(byNanoseconds: Self.pause)) { [weak self] in
            guard let self, self.pipe.isOpen else { return }
            try? self.watch()
        }
    }

    /// Reads what is there now: at most as much as a pipe holds, however fast it is filled.
    private func read() {
        var block = [UInt8](repeating: 0, count: 16384)
        for _ in 0..<4 {
            let count = Glibc.read(pipe.raw, &block, block.count)
            guard count > 0 else {
                // At its end: level-triggered, it would be reported for ever.
                if count == 0 { unwatch() }
                return
            }
            bytes += block[..<min(count, Self.limit - bytes.count)]
        }
    }

    /// The command has ended: what it wrote, also just before.
    func end() -> String {
        if pipe.isOpen { read() }
        close()
        return String(decoding: bytes, as: UTF8.self)
    }

    func close() {
        unwatch()
        pipe.close()
    }

    private func unwatch() {
        if let registration { loop.unwatch(registration) }
        registration = nil
    }
}
