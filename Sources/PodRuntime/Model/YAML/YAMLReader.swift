import CYAML

/// Reads YAML, by libyaml, and JSON into trees with positions.
package enum YAMLReader {
    /// Bytes of one input: the API server's own limit for a request.
    package static let sizeLimit = 3 << 20
    /// Nesting: a pod needs about 15; recursion over the tree must not end the stack.
    package static let depthLimit = 100
    /// Nodes after aliases are followed; a manifest of the largest size has fewer. Stops alias bombs.
    package static let nodeLimit = 1 << 20

    /// All documents of an input, empty ones left out.
    ///
    /// - Parameter file: for errors.
    package static func documents(
        _ bytes: [UInt8], file: String, sizeLimit: Int = YAMLReader.sizeLimit
    ) throws(ManifestError) -> [YAMLNode] {
        guard bytes.count <= sizeLimit else {
            throw ManifestError(
                file: file, position: SourcePosition(line: 1, column: 1),
                text: "manifest of \(bytes.count) bytes is over the limit of \(sizeLimit) bytes")
        }
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            throw ManifestError(
                file: file, position: SourcePosition(line: 1, column: 1), text: "manifest is UTF-16, not UTF-8")
        }
        if let document = json(bytes) { return document.isNull ? [] : [document] }
        var parser = Parser(file: file, bytes: bytes)
        do {
            return try bytes.withUnsafeBufferPointer { try parser.documents($0) }
        } catch let error as ManifestError {
            throw error
        } catch {
            throw ManifestError(file: file, position: SourcePosition(line: 1, column: 1), text: "\(error)")
        }
    }

    /// The input as one JSON document, as Kubernetes reads what begins with a brace; nil when it is none, so that what is
    /// wrong is said of it as YAML.
    private static func json(_ bytes: [UInt8]) -> YAMLNode? {
        let first = bytes.first { $0 != 32 && $0 != 10 && $0 != 13 && $0 != 9 }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "["), String(validating: bytes, as: UTF8.self) != nil
        else { return nil }
        var reader = JSONReader(bytes, depthLimit: depthLimit, nodeLimit: nodeLimit)
        guard let document = try? reader.document(), !reader.hasDuplicateKeys else { return nil }
        return document
    }
}

private struct Parser {
    let file: String
    private let bytes: [UInt8]
    private var anchors: [String: (node: YAMLNode, weight: Int)] = [:]
    private var openAnchors: Set<String> = []

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    private func unreadable(_ problem: String, offset: Int) -> ManifestError {
        let before = bytes.prefix(offset)
        let line = before.reduce(1) { $1 == 10 ? $0 + 1 : $0 }
        let column = before.reversed().prefix { $0 != 10 }.count + 1
        return ManifestError(
            file: file, position: SourcePosition(line: line, column: column),
            text: "error converting YAML to JSON: yaml: \(problem)")
    }

    /// Kubernetes divides documents before it reads YAML: whatever begins a line with `---` is a separator, and nothing but a
    /// comment may follow.
    private func checkSeparators(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        for (number, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            guard line.starts(with: [45, 45, 45]) else { continue }
            let rest = line.dropFirst(3).drop { [9, 13, 32].contains($0) }
            guard let first = rest.first, first != UInt8(ascii: "#") else { continue }
            var words = rest
            while let last = words.last, [9, 13, 32].contains(last) { words.removeLast() }
            throw ManifestError(
                file: file, position: SourcePosition(line: number + 1, column: line.count - rest.count + 1),
                text: "invalid Yaml document separator: \(String(decoding: words, as: UTF8.self))")
        }
    }

    mutating func documents(_ bytes: UnsafeBufferPointer<UInt8>) throws -> [YAMLNode] {
        try checkSeparators(bytes)
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw error("out of memory", yaml_mark_t()) }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        var documents: [YAMLNode] = []
        while true {
            var event = try next(&parser)
            defer { yaml_event_delete(&event) }
            switch event.type {
            case YAML_DOCUMENT_START_EVENT:
                anchors = [:]
                var first = try next(&parser)
                defer { yaml_event_delete(&first) }
                let (node, _) = try self.node(first, &parser, depth: 0)
                if !node.isNull { documents.append(node) }
            case YAML_STREAM_END_EVENT: return documents
            default: break
            }
        }
    }

    private func next(_ parser: inout yaml_parser_t) throws -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
            let problem = parser.problem.map { String(cString: $0) } ?? "can't be read"
            let mark =
                parser.problem_mark.line > 0 || parser.problem_mark.column > 0 ? parser.problem_mark : parser.mark
            // What is no text at all is found ahead of the parser: by offset, not by line.
            if parser.error == YAML_READER_ERROR { throw unreadable(problem, offset: parser.problem_offset) }
            throw error("error converting YAML to JSON: yaml: line \(mark.line + 1): \(problem)", mark)
        }
        return event
    }

    private mutating func node(
        _ event: yaml_event_t, _ parser: inout yaml_parser_t, depth: Int
    ) throws -> (YAMLNode, weight: Int) {
        let mark = event.start_mark
        guard depth <= YAMLReader.depthLimit else {
            throw error("nested deeper than \(YAMLReader.depthLimit) levels", mark)
        }
        switch event.type {
        case YAML_ALIAS_EVENT:
            let name = text(event.data.alias.anchor)
            if openAnchors.contains(name) {
                throw error("error converting YAML to JSON: yaml: anchor '\(name)' value contains itself", mark)
            }
            guard let target = anchors[name] else {
                throw error("error converting YAML to JSON: yaml: unknown anchor '\(name)' referenced", mark)
            }
            return target
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let isBinary = scalar.tag != nil && text(scalar.tag) == "tag:yaml.org,2002:binary"
            if !isBinary { try refuse(tag: scalar.tag, mark) }
            let written = text(scalar.value, scalar.length)
            let content = try isBinary ? binary(written, mark) : written
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
            let result = YAMLNode(isPlain ? Scalar.content(ofPlain: content) : .string(content), at: position(mark))
            return remember(result, 1, scalar.anchor)
        case YAML_SEQUENCE_START_EVENT:
            try refuse(tag: event.data.sequence_start.tag, mark)
            let anchor = open(event.data.sequence_start.anchor)
            let (items, weight) = try sequence(&parser, depth: depth, mark)
            if let anchor { openAnchors.remove(anchor) }
            return remember(
                YAMLNode(.sequence(items), at: position(mark)), weight, event.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT:
            try refuse(tag: event.data.mapping_start.tag, mark)
            let anchor = open(event.data.mapping_start.anchor)
            let (members, weight) = try mapping(&parser, depth: depth, mark)
            if let anchor { openAnchors.remove(anchor) }
            return remember(
                YAMLNode(.mapping(members), at: position(mark)), weight, event.data.mapping_start.anchor)
        default:
            throw error("unexpected YAML event", mark)
        }
    }

    private mutating func sequence(
        _ parser: inout yaml_parser_t, depth: Int, _ mark: yaml_mark_t
    ) throws -> ([YAMLNode], weight: Int) {
        var items: [YAMLNode] = []
        var total = 1
        while true {
            var event = try next(&parser)
            defer { yaml_event_delete(&event) }
            if event.type == YAML_SEQUENCE_END_EVENT { return (items, total) }
            let (item, weight) = try node(event, &parser, depth: depth + 1)
            items.append(item)
            total = try sum(total, weight, mark)
        }
    }

    private mutating func mapping(
        _ parser: inout yaml_parser_t, depth: Int, _ mark: yaml_mark_t
    ) throws -> ([(key: String, keyPosition: SourcePosition, value: YAMLNode)], weight: Int) {
        var members: [(key: String, keyPosition: SourcePosition, value: YAMLNode)] = []
        var keys: Set<String> = []
        var total = 1
        while true {
            var event = try next(&parser)
            defer { yaml_event_delete(&event) }
            if event.type == YAML_MAPPING_END_EVENT { return (members, total) }
            let (keyNode, keyWeight) = try node(event, &parser, depth: depth + 1)
            let key = try self.key(keyNode, event.start_mark)
            guard keys.insert(key).inserted else { throw error("key \"\(key)\" already set in map", event.start_mark) }
            var second = try next(&parser)
            defer { yaml_event_delete(&second) }
            let (value, weight) = try node(second, &parser, depth: depth + 1)
            members.append((key, position(event.start_mark), value))
            total = try sum(total, keyWeight + weight, mark)
        }
    }

    /// Keys become JSON's strings, as sigs.k8s.io/yaml makes them.
    private func key(_ node: YAMLNode, _ mark: yaml_mark_t) throws -> String {
        switch node.content {
        case .string("<<"): throw error("merge keys (<<) are not supported: write the fields out", mark)
        case .string(let text): return text
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .number(_, let text): return text
        case .null: return "null"
        case .sequence, .mapping:
            throw error(
                "error converting YAML to JSON: yaml: invalid map key: \(node.goText)", mark)
        }
    }

    private func sum(_ total: Int, _ weight: Int, _ mark: yaml_mark_t) throws -> Int {
        guard total + weight <= YAMLReader.nodeLimit else {
            throw error("error converting YAML to JSON: yaml: document contains excessive aliasing", mark)
        }
        return total + weight
    }

    private mutating func open(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let anchor else { return nil }
        let name = text(anchor)
        openAnchors.insert(name)
        return name
    }

    private mutating func remember(
        _ node: YAMLNode, _ weight: Int, _ anchor: UnsafeMutablePointer<yaml_char_t>?
    ) -> (YAMLNode, weight: Int) {
        if let anchor { anchors[text(anchor)] = (node, weight) }
        return (node, weight)
    }

    /// Only YAML's own `!!str` and friends on strings mean nothing new; others would change what a value is.
    private func refuse(tag: UnsafeMutablePointer<yaml_char_t>?, _ mark: yaml_mark_t) throws {
        guard let tag else { return }
        let name = text(tag)
        if name == "!" || name == "tag:yaml.org,2002:str" { return }
        throw error("tag \(name) is not supported", mark)
    }

    /// `!!binary`: Base64, whose bytes are the text.
    private func binary(_ written: String, _ mark: yaml_mark_t) throws -> String {
        guard let bytes = Base64.decode(written.filter { !$0.isWhitespace }) else {
            throw error("error converting YAML to JSON: yaml: !!binary value contains invalid base64 data", mark)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String { bytes.map { String(cString: $0) } ?? "" }

    private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?, _ count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    private func position(_ mark: yaml_mark_t) -> SourcePosition {
        SourcePosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func error(_ text: String, _ mark: yaml_mark_t) -> ManifestError {
        ManifestError(file: file, position: position(mark), text: text)
    }
}

extension YAMLNode {
    /// Go's `%#v` of what its YAML reader makes of the node.
    fileprivate var goText: String {
        switch content {
        case .null: "interface {}(nil)"
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .number(_, let text): text
        case .string(let text): FieldError.quoted(text)
        case .sequence(let items): "[]interface {}{" + items.map(\.goText).joined(separator: ", ") + "}"
        case .mapping(let members):
            "map[interface {}]interface {}{"
                + members.map { "\(FieldError.quoted($0.key)):\($0.value.goText)" }.joined(separator: ", ") + "}"
        }
    }
}
