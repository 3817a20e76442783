/// The name of an archive entry as components below the archive's root, checked: no `..`, no NUL, bounded.
///
/// Names are bytes, not text: Linux allows any, and repairing them would make two files one.
struct EntryPath: Equatable {
    /// Path of the directory below the root, NUL-terminated, components joined by single slashes; only a NUL for the
    /// root.
    let parent: [CChar]
    /// Last component, NUL-terminated; only a NUL when the path is the root itself.
    let name: [CChar]

    /// `/a//./b` is `a/b`: archives may be rooted, and a leading slash means the archive's root everywhere.
    init(_ text: UnsafePointer<CChar>, limits: ImageLimits) throws(ImageError) {
        var parent: [CChar] = []
        var name: [CChar] = []
        var depth = 0
        var total = 0
        var cursor = text
        while cursor.pointee != 0 {
            var end = cursor
            while end.pointee != 0, end.pointee != Self.slash { end += 1 }
            let component = UnsafeBufferPointer(start: cursor, count: end - cursor)
            total += component.count + 1
            cursor = end.pointee == 0 ? end : end + 1
            if component.isEmpty || component.elementsEqual([Self.dot]) { continue }
            if component.elementsEqual([Self.dot, Self.dot]) { throw Self.failure(text, "\"..\" in its name") }
            depth += 1
            if depth > limits.pathDepth || total > 4095 { throw Self.failure(text, "its name is too long") }
            if component.count > 255 { throw Self.failure(text, "a part of its name is longer than 255 bytes") }
            if !name.isEmpty {
                if !parent.isEmpty { parent.append(Self.slash) }
                parent.append(contentsOf: name)
            }
            name = Array(component)
        }
        self.parent = parent + [0]
        self.name = name + [0]
    }

    init(parent: [CChar], name: [CChar]) {
        self.parent = parent
        self.name = name
    }

    /// True for `/`, `.` and the like.
    var isRoot: Bool { name.count == 1 }

    /// The whole path, NUL-terminated.
    var full: [CChar] { parent.count == 1 ? name : Array(parent.dropLast()) + [Self.slash] + name }

    /// For messages; bytes that aren't text are shown as U+FFFD.
    var text: String { Self.text(full) }

    static func text(_ bytes: [CChar]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static let slash = CChar(UInt8(ascii: "/"))
    private static let dot = CChar(UInt8(ascii: "."))

    private static func failure(_ text: UnsafePointer<CChar>, _ reason: String) -> ImageError {
        ImageError(.invalid, "invalid entry \"\(String(cString: text).prefix(120))\": \(reason)")
    }
}
