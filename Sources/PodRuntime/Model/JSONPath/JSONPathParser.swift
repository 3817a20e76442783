/// Reads a JSONPath template.
struct JSONPathParser {
    private typealias Node = JSONPath.Node
    private typealias Problem = JSONPath.Problem

    /// What a word in braces is beside a path.
    private enum Keyword {
        case range, end
    }

    private let input: [Character]
    private var position = 0

    init(_ text: String) {
        input = Array(text)
    }

    private var next: Character? { position < input.count ? input[position] : nil }

    private mutating func take() -> Character? {
        defer { position += 1 }
        return next
    }

    private func isNext(_ text: String) -> Bool { input[min(position, input.count)...].starts(with: text) }

    // MARK: - Templates

    mutating func template() throws(JSONPath.Problem) -> [JSONPath.Part] { try parts(depth: 0) }

    /// Up to the `{end}` of this depth, or the end.
    private mutating func parts(depth: Int) throws(JSONPath.Problem) -> [JSONPath.Part] {
        var parts: [JSONPath.Part] = []
        while let character = next {
            guard character == "{" else {
                parts.append(.steps([.text(plainText())]))
                continue
            }
            position += 1
            let (nodes, keyword) = try action()
            switch keyword {
            case nil: parts.append(.steps(nodes))
            case .range?: parts.append(.range(nodes, try self.parts(depth: depth + 1)))
            case .end? where depth > 0: return parts
            case .end?: throw Problem("not in range, nothing to end")
            }
        }
        return parts
    }

    private mutating func plainText() -> String {
        let start = position
        while let character = next, character != "{" { position += 1 }
        return String(input[start..<position])
    }

    /// What is in braces, up to the closing one.
    private mutating func action() throws(JSONPath.Problem) -> ([JSONPath.Node], Keyword?) {
        var nodes: [Node] = []
        var keyword: Keyword?
        while true {
            if isNext("[?(") {
                nodes.append(try filter())
                continue
            }
            if isNext("..") {
                position += 2
                nodes.append(.recursive)
                if let character = next, Self.isWord(character) { nodes.append(field()) }
                continue
            }
            switch take() {
            case nil, "\n": throw Problem("unclosed action")
            case "}": return (nodes, keyword)
            case " ", "@", "$": break
            case "[": nodes += try array()
            case "\"": nodes.append(.text(try quoted(by: "\"")))
            case "'": nodes.append(.text(try quoted(by: "'")))
            case ".": nodes.append(field())
            case let character? where "+-0123456789".contains(character):
                position -= 1
                nodes.append(try number())
            case let character? where Self.isWord(character):
                position -= 1
                switch word() {
                case "range": keyword = .range
                case "end": keyword = .end
                case "true": nodes.append(.number(.bool(true)))
                case "false": nodes.append(.number(.bool(false)))
                case let word: throw Problem("unrecognized identifier \(word)")
                }
            case let character?: throw Problem("unrecognized character in action: '\(character)'")
            }
        }
    }

    /// The steps of an expression that is a part of another.
    private static func steps(_ text: String) throws(JSONPath.Problem) -> [JSONPath.Node] {
        var parser = JSONPathParser(text + "}")
        return try parser.action().0
    }

    // MARK: - Steps

    private static func isWord(_ character: Character) -> Bool {
        character == "_" || character.isLetter || character.isNumber
    }

    /// Up to what ends a name; a backslash takes the meaning from the character behind it.
    private mutating func word() -> String {
        var text = ""
        while let character = next, !".,[]$@{} \t\n".contains(character) {
            position += 1
            if character == "\\" {
                if let escaped = take() { text.append(escaped) }
            } else {
                text.append(character)
            }
        }
        return text
    }

    private mutating func field() -> JSONPath.Node {
        let name = word()
        return name == "*" ? .wildcard : .field(name)
    }

    private mutating func number() throws(JSONPath.Problem) -> JSONPath.Node {
        var text = ""
        while let character = next, "+-.0123456789".contains(character) {
            text.append(character)
            position += 1
        }
        if let number = Int64(text) { return .number(.int(number)) }
        guard let number = Double(text) else { throw Problem("cannot parse number \(text)") }
        return .number(.double(number))
    }

    private mutating func quoted(by end: Character) throws(JSONPath.Problem) -> String {
        var text = ""
        while let character = take() {
            if character == end { return text }
            guard character == "\\", let escaped = take() else {
                text.append(character)
                continue
            }
            switch escaped {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            default: text.append(escaped)
            }
        }
        throw Problem("unterminated quoted string")
    }

    /// Behind `[`: indices, slices, keys, and several of them.
    private mutating func array() throws(JSONPath.Problem) -> [JSONPath.Node] {
        let start = position
        while let character = next, character != "]" {
            guard character != "\n" else { break }
            position += 1
        }
        let text = String(input[start..<position])
        guard take() == "]" else { throw Problem("unterminated array") }
        if text == "*" { return [.wildcard] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        if parts.count > 1 {
            var union: [[Node]] = []
            for part in parts { union.append(try Self.steps("[\(part.trimmingSpaces)]")) }
            return [.union(union)]
        }
        if text.count >= 2, text.first == "'", text.last == "'" {
            // As kubectl: a dot that is a part of the key has a backslash in front.
            return try Self.steps(".\(text.dropFirst().dropLast())")
        }
        return [try Self.slice(text)]
    }

    private static func slice(_ text: String) throws(JSONPath.Problem) -> JSONPath.Node {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3, !text.isEmpty, parts.allSatisfy({ $0.isEmpty || Int($0) != nil }) else {
            throw Problem("invalid array index \(text)")
        }
        let numbers = parts.map { Int($0) }
        if parts.count == 1 { return .slice(start: numbers[0], end: .single, step: nil) }
        return .slice(
            start: numbers[0], end: numbers[1].map(JSONPath.End.index) ?? .last,
            step: parts.count > 2 ? numbers[2] : nil)
    }

    /// `[?(@.name=="web")]`, or without a comparison whether there is such a thing.
    private mutating func filter() throws(JSONPath.Problem) -> JSONPath.Node {
        position += 3
        let start = position
        var quote: Character?
        while let character = next, quote != nil || character != ")" {
            guard character != "\n" else { throw Problem("unterminated filter") }
            if character == quote, input[position - 1] != "\\" {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            }
            position += 1
        }
        let text = input[start..<min(position, input.count)]
        guard take() == ")" else { throw Problem("unterminated filter") }
        guard take() == "]" else { throw Problem("unclosed array expect ]") }
        guard let begin = text.firstIndex(where: { "!<>=".contains($0) }), begin > text.startIndex else {
            return .exists(try Self.steps(String(text)))
        }
        let end = text[begin...].firstIndex { !"!<>=".contains($0) } ?? text.endIndex
        guard let comparison = JSONPath.Comparison(rawValue: String(text[begin..<end])) else {
            throw Problem("unrecognized filter operator \(String(text[begin..<end]))")
        }
        return .filter(
            left: try Self.steps(String(text[..<begin])), comparison, right: try Self.steps(String(text[end...])))
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
