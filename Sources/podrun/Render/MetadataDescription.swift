import PodModel

/// What `describe` says of every object.
extension Page {
    private static let longestAnnotation = 140

    mutating func pairs(_ title: String, _ pairs: [String: String]) {
        guard !pairs.isEmpty else { return line(0, "\(title):\t<none>") }
        for (index, pair) in pairs.sorted(by: { $0.key < $1.key }).enumerated() {
            line(0, (index == 0 ? "\(title):" : "") + "\t\(pair.key)=\(pair.value)")
        }
    }

    mutating func annotations(of metadata: ObjectMeta) {
        let shown = metadata.annotations.filter { $0.key != "kubectl.kubernetes.io/last-applied-configuration" }
        guard !shown.isEmpty else { return line(0, "Annotations:\t<none>") }
        for (index, pair) in shown.sorted(by: { $0.key < $1.key }).enumerated() {
            let value = pair.value.hasSuffix("\n") ? String(pair.value.dropLast()) : pair.value
            let start = index == 0 ? "Annotations:" : ""
            if value.utf8.count + pair.key.utf8.count + 2 > Self.longestAnnotation || value.contains("\n") {
                line(0, "\(start)\t\(pair.key):")
                for text in value.split(separator: "\n", omittingEmptySubsequences: false) {
                    let limit = Self.longestAnnotation - 2
                    line(0, "\t  " + (text.count > limit ? text.prefix(limit) + "..." : text))
                }
            } else {
                line(0, "\(start)\t\(pair.key): \(value)")
            }
        }
    }
}
