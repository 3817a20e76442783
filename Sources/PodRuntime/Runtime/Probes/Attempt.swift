import PodLinux
import PodPlanning

/// One run of a probe or hook that is under way. It ends once: by its answer, by its time, or cancelled.
@MainActor
final class Attempt {
    private let loop: EventLoop
    private var completion: ((ProbeOutcome) -> Void)?
    private var timer: TimerID?
    /// Gives back what the attempt holds, and ends what still runs for it. Called once.
    var release: () -> Void = {}

    init(loop: EventLoop, completion: @escaping (ProbeOutcome) -> Void) {
        self.loop = loop
        self.completion = completion
    }

    /// Ends the attempt after `seconds` unless it has ended by then.
    func limit(seconds: Int32, _ outcome: @escaping () -> ProbeOutcome) {
        let deadline = Clock.monotonic().advanced(bySeconds: Double(max(seconds, 1)))
        timer = loop.schedule(at: deadline) { [weak self] in self?.finish(outcome()) }
    }

    func finish(_ outcome: ProbeOutcome) {
        guard let completion = end() else { return }
        completion(outcome)
    }

    /// Nobody wants the answer any more.
    func cancel() {
        _ = end()
    }

    private func end() -> ((ProbeOutcome) -> Void)? {
        guard let completion else { return nil }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        release()
        release = {}
        return completion
    }
}
