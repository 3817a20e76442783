/// A port by number or by name (intstr.IntOrString). The zero value is number 0.
package enum IntOrString: Sendable, Equatable, Hashable {
    case int(Int32)
    case string(String)

    package init() { self = .int(0) }
}

extension IntOrString: CustomStringConvertible {
    package var description: String {
        switch self {
        case .int(let number): "\(number)"
        case .string(let text): text
        }
    }
}

extension IntOrString: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else {
            self = .int(try container.decode(Int32.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .int(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        }
    }
}
