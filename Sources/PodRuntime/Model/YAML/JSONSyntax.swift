/// Whether bytes are JSON, in the words of Go's encoding/json. For documents that nobody need decode yet but that must
/// not be stored broken.
package enum JSONSyntax {
    private static let depthLimit = 10_000

    /// What keeps `bytes` from being a JSON object (or null); nil when they are one.
    package static func problem(inObject bytes: [UInt8]) -> String? {
        var reader = JSONReader(bytes, depthLimit: depthLimit, nodeLimit: .max)
        do throws(JSONReader.Problem) {
            let node = try reader.document()
            let type = if case .number = node.content { "number" } else { node.typeName }
            if type == "object" || type == "null" { return nil }
            return "json: cannot unmarshal \(type) into Go value of type map[string]interface {}"
        } catch {
            return error.text
        }
    }
}
