/// A strict reader of the part of TOML that registries.conf is written in: tables, arrays of tables, and keys with a
/// string, a boolean, an integer or an array of strings. Everything else is an error with its line, never a guess.
struct TOMLReader {
    enum Value: Equatable {
        case string(String)
        case boolean(Bool)
        case strings([String])
        /// Of keys nobody asks for.
        case integer(Int64)
    }

    struct Entry: Equatable {
        var key: String
        var value: Value
        var line: Int
    }

    /// A table with the keys written below its header, in the file's order. The first one has no name.
    struct Table: Equatable {
        /// `["registry", "mirror"]`
        var name: [String]
        /// `[[name]]`
        var isElement: Bool
        var line: Int
        var entries: [Entry] = []
    }

    private let file: String
    private var rest: Substring.UnicodeScalarView
    private var line = 1

    /// - Throws: ``ImageError`` `invalid`: `/etc/containers/registries.conf:3: ...`.
    static func tables(_ bytes: [UInt8], file: String) throws(ImageError) -> [Table] {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ImageError(.invalid, "\(file): not UTF-8 text")
        }
        var reader = TOMLReader(file: file, rest: text[...].unicodeScalars)
        return try reader.read()
    }

    private init(file: String, rest: Substring.UnicodeScalarView) {
        self.file = file
        self.rest = rest
    }

    private func error(_ text: String) -> ImageError { ImageError(.invalid, "\(file):\(line): \(text)") }

    private mutating func read() throws(ImageError) -> [Table] {
        var tables = [Table(name: [], isElement: false, line: 1)]
        while true {
            skipBlank(lines: true)
            guard !rest.isEmpty else { return tables }
            if rest.first == "[" {
                let table = try header()
                if !table.isElement, tables.contains(where: { $0.name == table.name }) {
                    throw error("table \"\(table.name.joined(separator: "."))\" is there twice")
                }
                tables.append(table)
            } else {
                let entry = try entry()
                if tables[tables.count - 1].entries.contains(where: { $0.key == entry.key }) {
                    throw error("key \"\(entry.key)\" is there twice")
                }
                tables[tables.count - 1].entries.append(entry)
            }
            try endLine()
        }
    }

    // MARK: Lines

    private mutating func header() throws(ImageError) -> Table {
        let start = line
        let isElement = rest.starts(with: "[[".unicodeScalars)
        rest = rest.dropFirst(isElement ? 2 : 1)
        var name: [String] = []
        repeat {
            skipBlank(lines: false)
            name.append(try key())
            skipBlank(lines: false)
        } while skip(".")
        guard skip("]"), !isElement || skip("]") else { throw error("expected \"\(isElement ? "]]" : "]")\"") }
        return Table(name: name, isElement: isElement, line: start)
    }

    private mutating func entry() throws(ImageError) -> Entry {
        let start = line
        let key = try key()
        skipBlank(lines: false)
        if rest.first == "." { throw error("dotted keys are not supported") }
        guard skip("=") else { throw error("expected \"=\" after \"\(key)\"") }
        skipBlank(lines: false)
        return Entry(key: key, value: try value(), line: start)
    }

    private mutating func endLine() throws(ImageError) {
        skipBlank(lines: false)
        guard let next = rest.first else { return }
        guard next == "\n" || next == "\r" else { throw error("expected the end of the line") }
    }

    // MARK: Pieces

    private mutating func key() throws(ImageError) -> String {
        if rest.first == "\"" || rest.first == "'" { return try string() }
        let word = rest.prefix {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
        }
        guard !word.isEmpty else { throw error("expected a key") }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private mutating func value() throws(ImageError) -> Value {
        switch rest.first {
        case "\"", "'": return .string(try string())
        case "[": return .strings(try strings())
        case "{": throw error("inline tables are not supported")
        default:
            let word = String(
                rest.prefix {
                    $0.isASCII && ($0.properties.isAlphabetic || "0123456789-+_.:".unicodeScalars.contains($0))
                })
            rest = rest.dropFirst(word.unicodeScalars.count)
            switch word {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default:
                guard let number = Int64(word) else { throw error("expected a string, true, false or an array") }
                return .integer(number)
            }
        }
    }

    private mutating func strings() throws(ImageError) -> [String] {
        var found: [String] = []
        _ = skip("[")
        while true {
            skipBlank(lines: true)
            if skip("]") { return found }
            guard rest.first == "\"" || rest.first == "'" else { throw error("expected a string in the array") }
            found.append(try string())
            skipBlank(lines: true)
            if skip("]") { return found }
            guard skip(",") else { throw error("expected \",\" or \"]\" in the array") }
        }
    }

    private mutating func string() throws(ImageError) -> String {
        guard let quote = rest.popFirst() else { return "" }
        if rest.starts(with: [quote, quote]) { throw error("strings of several lines are not supported") }
        var text = String.UnicodeScalarView()
        while let next = rest.popFirst(), next != "\n" {
            if next == quote { return String(text) }
            text.append(quote == "\"" && next == "\\" ? try escaped() : next)
        }
        throw error("the string has no end")
    }

    private mutating func escaped() throws(ImageError) -> Unicode.Scalar {
        let kind = rest.popFirst()
        switch kind {
        case "\"", "\\": return kind ?? "\\"
        case "b": return "\u{8}"
        case "t": return "\t"
        case "n": return "\n"
        case "f": return "\u{c}"
        case "r": return "\r"
        case "u", "U":
            let digits = String(rest.prefix(kind == "u" ? 4 : 8))
            rest = rest.dropFirst(digits.unicodeScalars.count)
            if digits.unicodeScalars.count == (kind == "u" ? 4 : 8), let number = UInt32(digits, radix: 16),
                let scalar = Unicode.Scalar(number)
            {
                return scalar
            }
            throw error("bad \\u in a string")
        default: throw error("bad \\ in a string")
        }
    }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    /// Passes over spaces and comments, with `lines` also over line ends.
    private mutating func skipBlank(lines: Bool) {
        while let next = rest.first {
            switch next {
            case " ", "\t": rest.removeFirst()
            case "#": rest = rest.drop { $0 != "\n" }
            case "\r" where lines: rest.removeFirst()
            case "\n" where lines:
                rest.removeFirst()
                line += 1
            default: return
            }
        }
    }
}
