/// Mount data of a container's root.
struct OverlayOptions {
    /// Bottom to top, relative to the working directory.
    var layers: [String]
    var upper: String
    var work: String

    var text: String {
        // volatile: no sync of the upper layer. It is thrown away when its container ends, even more so after a crash.
        Self.readOnly(layers: layers)
            + ",upperdir=\(Self.escaped(upper, colons: false)),workdir=\(Self.escaped(work, colons: false)),volatile"
    }

    /// Mount data of layers without an upper one: nothing can be written. `layers`: bottom to top, at least two.
    static func readOnly(layers: [String]) -> String {
        "lowerdir=" + layers.reversed().map { escaped($0, colons: true) }.joined(separator: ":")
    }

    /// Overlay splits options at commas and lower directories at colons; a backslash takes their meaning away.
    private static func escaped(_ path: String, colons: Bool) -> String {
        var result = ""
        for character in path {
            if character == "\\" || character == "," || (colons && character == ":") { result += "\\" }
            result.append(character)
        }
        return result
    }
}
