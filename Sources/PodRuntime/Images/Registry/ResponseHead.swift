/// The status and header of an HTTP answer, read line by line as they come.
struct ResponseHead: Equatable {
    private(set) var status = 0
    /// The status line's words: `Not Found`; empty when the server sent none.
    private(set) var reason = ""
    private var fields: [(name: String, value: String)] = []
    /// Bytes of all lines so far, those of interim answers and trailers included.
    private(set) var size = 0

    static func == (a: Self, b: Self) -> Bool {
        a.status == b.status && a.fields.elementsEqual(b.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// A header's values in their order; `name` in lower case.
    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The first value; nil when there is none.
    func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Content-Length; nil when it is missing or no number.
    var contentLength: Int64? { value("content-length").flatMap(Self.number) }

    /// Content-Type in lower case without its parameters.
    var mediaType: String {
        let text = value("content-type") ?? ""
        return String(text.prefix { $0 != ";" && $0 != "," }).trimmedSpaces.lowercased()
    }

    /// Takes one line with or without its line end. A status line starts over: what came before it was an interim
    /// answer (100 Continue).
    mutating func add(line bytes: UnsafeRawBufferPointer) {
        size += bytes.count
        let line = String(decoding: bytes, as: UTF8.self).trimmedSpaces
        if line.hasPrefix("HTTP/") {
            let parts = line.split(separator: " ", maxSplits: 2)
            status = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
            reason = parts.count > 2 ? Printable.text(String(parts[2]), limit: 60) : ""
            fields = []
        } else if let colon = line.firstIndex(of: ":") {
            let name = line[..<colon].lowercased()
            fields.append((name, String(line[line.index(after: colon)...]).trimmedSpaces))
        }
    }

    /// Digits only, and no more than fit.
    static func number(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }
}

/// Text of a stranger for one line on a terminal.
enum Printable {
    /// The first characters, control characters (escape sequences, line ends) as spaces.
    static func text(_ text: String, limit: Int) -> String {
        let plain = String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(limit + 1).map { $0.properties.generalCategory == .control ? " " : $0 }))
        let words = plain.split(separator: " ").joined(separator: " ")
        return words.count > limit ? words.prefix(limit) + "..." : words
    }
}

extension String {
    /// Without spaces, tabs and line ends at both ends.
    var trimmedSpaces: String {
        let isSpace: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
        let bytes = utf8.drop(while: isSpace)
        let count = bytes.reversed().drop(while: isSpace).count
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
