import CYAML

extension Value {
    /// kubectl's YAML: libyaml's block style, keys sorted, and goyaml's choice of quotes.
    ///
    /// - Throws: `YAMLWriteError` if libyaml has no memory.
    package func yamlText() throws -> String {
        let output = YAMLOutput()
        var emitter = yaml_emitter_t()
        guard yaml_emitter_initialize(&emitter) == 1 else { throw YAMLWriteError(problem: "out of memory") }
        defer { yaml_emitter_delete(&emitter) }
        yaml_emitter_set_unicode(&emitter, 1)
        return try withExtendedLifetime(output) {
            yaml_emitter_set_output(
                &emitter,
                { context, bytes, count in
                    guard let context, let bytes else { return 0 }
                    let output = Unmanaged<YAMLOutput>.fromOpaque(context).takeUnretainedValue()
                    output.bytes.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                    return 1
                }, Unmanaged.passUnretained(output).toOpaque())
            try emit(&emitter) { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
            try emit(&emitter) { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
            try sortedByKey.write(to: &emitter)
            try emit(&emitter) { yaml_document_end_event_initialize($0, 1) }
            try emit(&emitter) { yaml_stream_end_event_initialize($0) }
            return String(decoding: output.bytes, as: UTF8.self)
        }
    }

    private func emit(
        _ emitter: inout yaml_emitter_t, _ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32
    ) throws {
        var event = yaml_event_t()
        guard initialize(&event) == 1, yaml_emitter_emit(&emitter, &event) == 1 else {
            throw YAMLWriteError(problem: emitter.problem.map { String(cString: $0) } ?? "out of memory")
        }
    }

    private func write(to emitter: inout yaml_emitter_t) throws {
        switch self {
        case .null: try scalar("null", YAML_PLAIN_SCALAR_STYLE, &emitter)
        case .bool(let flag): try scalar(flag ? "true" : "false", YAML_PLAIN_SCALAR_STYLE, &emitter)
        case .int(let number): try scalar(String(number), YAML_PLAIN_SCALAR_STYLE, &emitter)
        case .double(let number): try scalar(String(number), YAML_PLAIN_SCALAR_STYLE, &emitter)
        case .string(let text): try scalar(text, Self.style(of: text), &emitter)
        case .array(let values):
            let style = values.isEmpty ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
            try emit(&emitter) { yaml_sequence_start_event_initialize($0, nil, nil, 1, style) }
            for value in values { try value.write(to: &emitter) }
            try emit(&emitter) { yaml_sequence_end_event_initialize($0) }
        case .object(let members):
            let style = members.isEmpty ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
            try emit(&emitter) { yaml_mapping_start_event_initialize($0, nil, nil, 1, style) }
            for member in members {
                try scalar(member.key, Self.style(of: member.key), &emitter)
                try member.value.write(to: &emitter)
            }
            try emit(&emitter) { yaml_mapping_end_event_initialize($0) }
        }
    }

    private func scalar(_ text: String, _ style: yaml_scalar_style_t, _ emitter: inout yaml_emitter_t) throws {
        var bytes = Array(text.utf8)
        try emit(&emitter) { event in
            bytes.withUnsafeMutableBufferPointer { buffer in
                // An empty array has no address, and libyaml takes none for a null value.
                var nothing: yaml_char_t = 0
                guard let base = buffer.baseAddress, !buffer.isEmpty else {
                    return yaml_scalar_event_initialize(event, nil, nil, &nothing, 0, 1, 1, style)
                }
                return yaml_scalar_event_initialize(event, nil, nil, base, Int32(buffer.count), 1, 1, style)
            }
        }
    }

    /// Lines as a block; double quotes for what would not read back as a string; the emitter sees to special characters.
    private static func style(of text: String) -> yaml_scalar_style_t {
        if text.utf8.contains(10) { return YAML_LITERAL_SCALAR_STYLE }
        guard case .string = Scalar.content(ofPlain: text), !Scalar.looksLikeTime(text) else {
            return YAML_DOUBLE_QUOTED_SCALAR_STYLE
        }
        return YAML_PLAIN_SCALAR_STYLE
    }
}

package struct YAMLWriteError: Error, CustomStringConvertible {
    let problem: String

    package var description: String { "write YAML: \(problem)" }
}

/// What libyaml's callback appends to.
private final class YAMLOutput {
    var bytes: [UInt8] = []
}

extension Scalar {
    /// What another YAML 1.1 reader may take for a timestamp, a base-60 number or a merge key: goyaml quotes those.
    static func looksLikeTime(_ text: String) -> Bool {
        if text == "<<" || text == "=" { return true }
        let bytes = Array(text.utf8)
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        if bytes.count >= 8, bytes[4] == 45, bytes.prefix(4).allSatisfy(isDigit), isDigit(bytes[5]) { return true }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 1
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { isDigit($0) || $0 == 46 || $0 == 95 || $0 == 43 || $0 == 45 }
            }
    }
}
