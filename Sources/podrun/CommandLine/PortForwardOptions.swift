import PodModel

/// `podrun port-forward`: which ports of a pod, and where they are reached.
struct PortForwardOptions: Equatable {
    enum Port: Equatable {
        case number(UInt16)
        /// Of a container of the pod.
        case name(String)
    }

    struct Forwarding: Equatable {
        /// nil: as the pod's; 0: any that is free.
        var local: UInt16?
        var remote: Port
    }

    var namespace = "default"
    var pod: String
    /// At least one.
    var ports: [Forwarding]
    /// IP addresses, or localhost.
    var addresses = ["localhost"]
}

extension CommandLineParser {
    static func portForward(_ parsed: ParsedArguments) throws(UsageError) -> PortForwardOptions {
        guard parsed.operands.count > 1 else {
            throw UsageError("TYPE/NAME and list of ports are required for port-forward", verb: parsed.verb)
        }
        var options = PortForwardOptions(
            namespace: try namespace(parsed) ?? "default", pod: try podName(parsed.operands[0], verb: parsed.verb),
            ports: [])
        for operand in parsed.operands.dropFirst() { options.ports.append(try forwarding(operand, parsed)) }
        let addresses = parsed.texts("address").flatMap { $0.split(separator: ",").map(String.init) }
        if !addresses.isEmpty { options.addresses = addresses }
        return options
    }

    /// `8080:80`, `80`, `:80`, `8080:http`.
    private static func forwarding(
        _ text: String, _ parsed: ParsedArguments
    ) throws(UsageError) -> PortForwardOptions.Forwarding {
        func wrong(_ text: String) -> UsageError { UsageError(text, verb: parsed.verb) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let last = parts.last else { throw wrong("invalid port format '\(text)'") }
        var local: UInt16?
        if parts.count == 2 {
            guard let number = parts[0].isEmpty ? 0 : UInt16(parts[0]) else {
                throw wrong("error parsing local port '\(parts[0])': a number from 0 to 65535")
            }
            local = number
        }
        if let number = UInt16(last) {
            guard number > 0 else { throw wrong("remote port must be > 0") }
            return .init(local: local, remote: .number(number))
        }
        guard !last.isEmpty, Int(last) == nil else {
            throw wrong("error parsing remote port '\(last)': a number from 1 to 65535, or a port's name")
        }
        return .init(local: local, remote: .name(last))
    }
}
