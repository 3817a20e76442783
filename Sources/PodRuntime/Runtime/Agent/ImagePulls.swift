import PodImages
import PodLinux
import PodModel
import PodPlanning

/// The pulls that containers of this agent wait for: one `podrun worker pull` per image and set of logins, however many wait
/// for it.
///
///     pull ---> queued ---> worker ---> every waiter is told
///     cancel -> the last waiter gone: the worker is killed
@MainActor
final class ImagePulls {
    typealias Handler = (Result<ImagePullResult, ImageFailure>) -> Void

    /// Pods with different logins don't wait for each other's pulls: one may fail where the other doesn't.
    private struct Wish: Hashable {
        let reference: ImageReference
        let secrets: [PullSecret]
    }

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
    private var pulls: [Wish: Pull] = [:]
    /// Not started yet, in the order in which they were asked for.
    private var queue: [Wish] = []
    private var running = 0

    init(paths: HostPaths, images: ImageStore, loop: EventLoop) {
        self.loop = loop
        self.images = images
        directories = ["--run-dir=\(paths.runDirectory)", "--data-dir=\(paths.dataDirectory)"]
    }

    /// Pulls an image, or joins who pulls it.
    ///
    /// - Parameters:
    ///   - secrets: the logins of the pod's Secrets, tried before the host's.
    ///   - waiter: for `cancel`; waits for one image at a time.
    ///   - handler: called later, from the loop, once; not after `cancel`.
    func pull(
        _ reference: ImageReference, secrets: [PullSecret], for waiter: String, _ handler: @escaping Handler
    ) {
        let wish = Wish(reference: reference, secrets: secrets)
        let pull = pulls[wish] ?? Pull()
        pull.waiters[waiter] = Waiter(askedAt: Clock.monotonic(), handler: handler)
        guard pulls.updateValue(pull, forKey: wish) == nil else { return }
        queue.append(wish)
        startNext()
    }

    func cancel(_ waiter: String) {
        for (wish, pull) in pulls where pull.waiters.removeValue(forKey: waiter) != nil && pull.waiters.isEmpty {
            pulls[wish] = nil
            queue.removeAll { $0 == wish }
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
            let wish = queue.removeFirst()
            if let pull = pulls[wish] { start(pull, of: wish) }
        }
    }

    private func start(_ pull: Pull, of wish: Wish) {
        pull.startedAt = Clock.monotonic()
        do {
            pull.worker = try WorkerProcess(
                ["pull"] + directories + [wish.reference.description],
                input: wish.secrets.isEmpty ? [] : JSON.encode(wish.secrets), loop: loop,
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
                    self.finish(pull, of: wish, exitCode: code)
                    self.startNext()
                })
            running += 1
        } catch {
            pull.message = "\(error)"
            loop.schedule(at: Clock.monotonic()) { [weak self] in self?.finish(pull, of: wish, exitCode: 1) }
        }
    }

    private func finish(_ pull: Pull, of wish: Wish, exitCode: Int) {
        // A pull that everybody left, perhaps already asked for again, is nobody's.
        guard pulls[wish] === pull else { return }
        pulls[wish] = nil
        let now = Clock.monotonic()
        let size = exitCode == 0 ? (try? images.storedImage(wish.reference))??.size : nil
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
