/// A resource quantity as written.
package struct Quantity: Sendable, Equatable, Hashable, Codable {
    package var text: String
    package init(_ text: String = "0") { self.text = text }
    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
    package func encode(to encoder: any Encoder) throws { var c = encoder.singleValueContainer(); try c.encode(text) }
}
