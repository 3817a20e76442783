/// Mount data of a container's root.
struct OverlayOptions {
    /// Bottom to top, relative to the working directory.
    var layers: [String]
    var upper: String
    var work: String

    var text: String {
        // volatile: no sync of the upper layer. It is thrown away when its container ends, even more so after a crash.
        return "lowerdir=\(layers.reversed().map { escaped($0, colons: true) }.joined(separator: ":"))"
            + ",upperdir=\(escaped(upper, colons: false)),workdir=\(escaped(work, colons: false)),volatile"
    }

    /// Overlay splits options at commas and lower directories at colons; a backslash takes their meaning away.
    private func escaped(_ path: String, colons: Bool) -> String {
        var result = ""
        for character in path {
            if character == "\\" || character == "," || (colons && character == ":") { result += "\\" }
            result.append(character)
        }
        return result
    }
}
