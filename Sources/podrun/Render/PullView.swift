import PodImages
import PodModel

/// A pull as docker shows it: a line for each layer that is done, bars for those under way.
struct PullView: Equatable {
    private struct Layer: Equatable {
        let digest: String
        var bytes: Int64 = 0
        var total: Int64 = 0
        /// Instead of the bar.
        var notice = ""

        var name: String { String(digest.drop { $0 != ":" }.dropFirst().prefix(12)) }
    }

    private var layers: [Layer] = []
    private var step = ""

    /// - Returns: the lines that stay.
    mutating func take(_ progress: PullProgress) -> [String] {
        switch progress.event {
        case .resolving:
            guard let reference = try? ImageReference(progress.image) else { return [] }
            let tag = reference.tag.isEmpty ? reference.digest : reference.tag
            return ["\(tag): Pulling from \(Self.path(of: reference))"]
        case .layer:
            update(progress.layer) { layer in
                layer.bytes = progress.bytes
                layer.total = progress.total
                layer.notice = ""
            }
        case .unpacked: return finish(progress.layer, "Pull complete")
        case .exists where !progress.layer.isEmpty: return finish(progress.layer, "Already exists")
        case .retry where !progress.layer.isEmpty:
            update(progress.layer) { $0.notice = "Retrying: \(progress.message)" }
        case .retry: return ["Retrying: \(progress.message)"]
        case .saving: step = "Saving"
        case .exists, .done, .error: break
        }
        return []
    }

    /// The lines of what is under way, each at most `width` characters.
    func live(width: Int) -> [String] {
        let lines = layers.map { layer -> String in
            if !layer.notice.isEmpty { return "\(layer.name): \(layer.notice)" }
            if layer.total > 0, layer.bytes >= layer.total { return "\(layer.name): Extracting" }
            let count = "\(ByteCount.text(layer.bytes))/\(ByteCount.text(layer.total))"
            return "\(layer.name): Downloading " + Self.bar(layer.bytes, of: layer.total, width: width - 43) + count
        }
        return (lines + (step.isEmpty ? [] : [step])).map { String($0.prefix(max(0, width))) }
    }

    /// The last lines of a pull that succeeded.
    static func summary(of reference: ImageReference, manifest: String, wasPresent: Bool) -> [String] {
        let status = wasPresent ? "Image is up to date" : "Downloaded newer image"
        return ["Digest: \(manifest)", "Status: \(status) for \(reference.familiar)", reference.description]
    }

    /// As docker names it: without the default registry, with its `library/`.
    private static func path(of reference: ImageReference) -> String {
        reference.registry == "docker.io" ? reference.repository : reference.name
    }

    /// `[=====>     ] ` of at most 50 cells; nothing where there is no room for one.
    private static func bar(_ done: Int64, of total: Int64, width: Int) -> String {
        let cells = min(50, width)
        guard cells >= 10 else { return "" }
        let full = total > 0 ? Int(Double(cells) * Double(min(done, total)) / Double(total)) : 0
        let head = full < cells ? ">" : ""
        return "[" + String(repeating: "=", count: full) + head
            + String(repeating: " ", count: cells - full - head.count) + "] "
    }

    private mutating func update(_ digest: String, _ change: (inout Layer) -> Void) {
        let index = layers.firstIndex { $0.digest == digest } ?? layers.count
        if index == layers.count { layers.append(Layer(digest: digest)) }
        change(&layers[index])
    }

    private mutating func finish(_ digest: String, _ text: String) -> [String] {
        let name = Layer(digest: digest).name
        layers.removeAll { $0.digest == digest }
        return ["\(name): \(text)"]
    }
}
