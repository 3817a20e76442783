/// Kubernetes' `$(VAR)` expansion: `$$(VAR)` gives `$(VAR)`, an unknown variable stays as it is written.
package func expandVariables(in text: String, _ value: (String) -> String?) -> String {
    let input = Array(text.utf8)
    guard input.contains(UInt8(ascii: "$")) else { return text }
    var output: [UInt8] = []
    output.reserveCapacity(input.count)
    var cursor = 0
    while cursor < input.count {
        guard input[cursor] == UInt8(ascii: "$"), cursor + 1 < input.count else {
            output.append(input[cursor])
            cursor += 1
            continue
        }
        switch input[cursor + 1] {
        case UInt8(ascii: "$"):
            output.append(UInt8(ascii: "$"))
            cursor += 2
        case UInt8(ascii: "("):
            guard let close = input[(cursor + 2)...].firstIndex(of: UInt8(ascii: ")")) else {
                output.append(contentsOf: input[cursor...(cursor + 1)])
                cursor += 2
                continue
            }
            let name = String(decoding: input[(cursor + 2)..<close], as: UTF8.self)
            output.append(contentsOf: (value(name) ?? "$(\(name))").utf8)
            cursor = close + 1
        default:
            output.append(contentsOf: input[cursor...(cursor + 1)])
            cursor += 2
        }
    }
    return String(decoding: output, as: UTF8.self)
}
