import PodImages
import PodLinux
import PodModel
import PodPlanning

/// The pulls that containers of this agent wait for: one `podrun worker pull` per image, however many wait for it.
///
///     pull ---> queued ---> worker ---> every waiter is told
///     cancel -> the last waiter gone: the worker is killed
@MainActor
final class ImagePulls {
    typealias Handler = (Result<ImagePullResult, ImageFailure>) -> Void

    private struct Waiter {
        let askedAt: MonotonicInstant
        let handler: Handler
    }

    private final class Pull {
        var waiters: [String: Waiter] = [:]
        var worker: WorkerProcess?
        var startedAt = Clock.monotonic()
        /// What the worker said last of an error.
        var message = ""
    }

    /// Workers at a time; the kubelet's default is one, and each uses up to three processes.
    private static let limit = 4

    private let loop: EventLoop
    private let images: ImageStore
    private let directories: [String]
    private var pulls: [ImageReference: Pull] = [:]
    /// Not started yet, in the order in which they were asked for.
    private var queue: [ImageReference] = []
    private var running = 0

    init(paths: HostPaths, images: ImageStore, loop: EventLoop) {
        self.loop = loop
        self.images = images
        directories = ["--run-dir=\(paths.runDirectory)", "--data-dir=\(paths.dataDirectory)"]
    }

    /// Pulls an image, or joins who pulls it.
    ///
    /// - Parameters:
    ///   - waiter: for `cancel`; waits for one image at a time.
    ///   - handler: called later, from the loop, once; not after `cancel`.
    func pull(_ reference: ImageReference, for waiter: String, _ handler: @escaping Handler) {
        let pull = pulls[reference] ?? Pull()
        pull.waiters[waiter] = Waiter(askedAt: Clock.monotonic(), handler: handler)
        guard pulls.updateValue(pull, forKey: reference) == nil else { return }
        queue.append(reference)
        startNext()
    }

    func cancel(_ waiter: String) {
        for (reference, pull) in pulls where pull.waiters.removeValue(forKey: waiter) != nil && pull.waiters.isEmpty {
            pulls[reference] = nil
            queue.removeAll { $0 == reference }
            pull.worker?.kill()
        }
    }

    /// Before the agent leaves: its workers report to nobody then.
    func close() {
        for pull in pulls.values { pull.worker?.kill() }
        pulls = [:]
        queue = []
    }

    private func startNext() {
        while running < Self.limit, !queue.isEmpty {
            let reference = queue.removeFirst()
            if let pull = pulls[reference] { start(pull, of: reference) }
        }
    }

    private func start(_ pull: Pull, of reference: ImageReference) {
        pull.startedAt = Clock.monotonic()
        do {
            pull.worker = try WorkerProcess(
                ["pull"] + directories + [reference.description], loop: loop,
                onLine: { line in
                    // Other events are for people.
                    guard let report = try? JSON.decode(PullReport.self, from: line), report.event == "error" else {
                        return
                    }
                    pull.message = report.message
                },
                onEnd: { [weak self] code in
                    guard let self else { return }
                    self.running -= 1
                    self.finish(pull, of: reference, exitCode: code)
                    self.startNext()
                })
            running += 1
        } catch {
            pull.message = "\(error)"
            loop.schedule(at: Clock.monotonic()) { [weak self] in self?.finish(pull, of: reference, exitCode: 1) }
        }
    }

    private func finish(_ pull: Pull, of reference: ImageReference, exitCode: Int) {
        // A pull that everybody left, perhaps already asked for again, is nobody's.
        guard pulls[reference] === pull else { return }
        pulls[reference] = nil
        let now = Clock.monotonic()
        let size = exitCode == 0 ? (try? images.storedImage(reference))??.size : nil
        for (_, waiter) in pull.waiters.sorted(by: { $0.key < $1.key }) {
            guard let size else {
                waiter.handler(.failure(ImageFailure(.pull, message: failureText(pull, exitCode: exitCode))))
                continue
            }
            let waited = now.nanoseconds(since: waiter.askedAt)
            let result = ImagePullResult(
                duration: min(now.nanoseconds(since: pull.startedAt), waited), durationWithWaiting: waited, size: size)
            waiter.handler(.success(result))
        }
    }

    private func failureText(_ pull: Pull, exitCode: Int) -> String {
        if !pull.message.isEmpty { return pull.message }
        return exitCode > 128 ? "the worker was ended by signal \(exitCode - 128)" : "the image is not in the store"
    }
}

/// What the agent reads of a worker's line.
private struct PullReport: Decodable {
    var event = ""
    var message = ""
}
