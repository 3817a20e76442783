import Glibc
import PodImages
import PodModel

/// Where a pull's progress goes: bars on a terminal, a line for each layer elsewhere, JSON with `-o json`.
@MainActor
final class PullDisplay {
    private let options: PullOptions
    private let live: LiveLines?
    private var view = PullView()

    init(_ options: PullOptions) {
        self.options = options
        live = options.json || options.quiet ? nil : LiveLines.onTerminal()
    }

    func take(_ progress: PullProgress) {
        if options.json {
            // A reader that is gone ends the pull at its next line, quietly as everywhere.
            do { try write(progress) } catch { exit(0) }
            return
        }
        let lines = view.take(progress)
        if options.quiet { return }
        if let live {
            if lines.isEmpty { live.show(view.live) } else { try? live.draw(staying: lines, view.live) }
        } else {
            for line in lines { try? Console.print(line + "\n") }
        }
    }

    func finish(_ reference: ImageReference, _ image: PulledImage) throws {
        try live?.finish()
        if options.json { return }
        let lines = PullView.summary(of: reference, manifest: image.manifest, wasPresent: image.wasPresent)
        for line in options.quiet ? lines.suffix(1) : lines[...] { try Console.print(line + "\n") }
    }

    func fail(_ image: String, _ error: any Error) throws {
        try live?.finish()
        guard options.json else { return Console.warn("error: \(error)") }
        var progress = PullProgress(.error, image: (try? ImageReference(image))?.description ?? image)
        progress.message = "\(error)"
        try write(progress)
    }

    private func write(_ progress: PullProgress) throws {
        try Console.write(JSON.encode(progress) + [UInt8(ascii: "\n")])
    }
}
