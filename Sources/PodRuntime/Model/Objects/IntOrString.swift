/// A port by number or by name.
package enum IntOrString: Sendable, Equatable, Codable {
    case int(Int32)
    case string(String)
    package init() { self = .int(0) }
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Int32.self) { self = .int(value) } else { self = .string(try container.decode(String.self)) }
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self { case .int(let v): try container.encode(v); case .string(let v): try container.encode(v) }
    }
}
