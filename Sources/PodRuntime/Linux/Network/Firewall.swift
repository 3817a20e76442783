import Glibc

package enum FirewallError: Error, Equatable, CustomStringConvertible {
    /// libnftables is not installed.
    case unavailable(String)
    case rejected(action: String, message: String)

    package var description: String {
        switch self {
        case .unavailable(let cause):
            "load libnftables.so.1 for pod networks: \(cause) (install the Debian package \"libnftables1\")"
        case .rejected(let action, let message): "\(action): \(message)"
        }
    }
}

/// podrun's nftables rules.
///
/// The tables come with the first pod and stay until the agent leaves. Adding and removing a pod is one transaction each.
/// What the kernel holds is checked by doing: when a transaction fails because somebody changed the tables, all of it is
/// put in place again from what is wanted.
package final class Firewall {
    private let socket: FirewallSocket
    private let text: FirewallText
    private var hasTables = false
    private var pods: [String: PodFirewallRules] = [:]

    package init(subnet: IPv4Subnet, bridge: String, linkPrefix: String) throws {
        socket = try FirewallSocket()
        text = FirewallText(subnet: subnet, bridge: bridge, linkPrefix: linkPrefix)
    }

    /// Makes the rules of exactly these pods, whatever was there before.
    package func replace(with wanted: [PodFirewallRules]) throws(FirewallError) {
        pods = Dictionary(wanted.map { ($0.podUID, $0) }, uniquingKeysWith: { $1 })
        try rebuild("set firewall rules")
    }

    /// Adds or changes the rules of one pod.
    package func add(_ pod: PodFirewallRules) throws(FirewallError) {
        let before = pods[pod.podUID]
        if before == pod { return }
        pods[pod.podUID] = pod
        let action = "set firewall rules of pod \"\(pod.podUID)\""
        do throws(FirewallError) {
            if before == nil, hasTables, (try? socket.add(pod.elements)) != nil { return }
            try rebuild(action)
        } catch {
            pods[pod.podUID] = before
            throw error
        }
    }

    /// Removes the rules of one pod; nothing to remove is no error.
    package func remove(podUID: String) throws(FirewallError) {
        guard let pod = pods.removeValue(forKey: podUID) else { return }
        let action = "remove firewall rules of pod \"\(podUID)\""
        do throws(FirewallError) {
            if (try? socket.remove(pod.elements)) == nil { try rebuild(action) }
        } catch {
            pods[podUID] = pod
            throw error
        }
    }

    /// Removes the tables when there is no pod.
    package func removeUnused() throws(FirewallError) {
        if pods.isEmpty { try NFTLibrary.run(text.removal, "remove firewall rules") }
    }

    private func rebuild(_ action: String) throws(FirewallError) {
        let wanted = pods.values.sorted { $0.podUID < $1.podUID }
        try NFTLibrary.run(text.base + wanted.map(text.addition).joined(), action)
        hasTables = true
    }
}

/// libnftables, bound at run time (it has no static archive, and linking it would cost every start) and only for as long
/// as it takes: it is a megabyte.
enum NFTLibrary {
    static let name = "libnftables.so.1"

    private typealias New = @convention(c) (UInt32) -> OpaquePointer?
    private typealias Free = @convention(c) (OpaquePointer?) -> Void
    private typealias Run = @convention(c) (OpaquePointer?, UnsafePointer<CChar>) -> Int32
    private typealias Buffer = @convention(c) (OpaquePointer?) -> Int32
    private typealias Text = @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?

    /// One transaction: all of the commands or none.
    static func run(_ commands: String, _ action: String) throws(FirewallError) {
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw .unavailable(dlerror().map { String(cString: $0) } ?? "unknown error")
        }
        defer { dlclose(handle) }
        func symbol<Function>(_ name: String, _ type: Function.Type) throws(FirewallError) -> Function {
            guard let address = dlsym(handle, name) else { throw .unavailable("no \"\(name)\" in it") }
            return unsafeBitCast(address, to: type)
        }
        let make = try symbol("nft_ctx_new", New.self)
        let free = try symbol("nft_ctx_free", Free.self)
        let bufferErrors = try symbol("nft_ctx_buffer_error", Buffer.self)
        let errorText = try symbol("nft_ctx_get_error_buffer", Text.self)
        let runCommands = try symbol("nft_run_cmd_from_buffer", Run.self)
        guard let context = make(0) else { throw .unavailable("out of memory") }
        defer { free(context) }
        _ = bufferErrors(context)
        if runCommands(context, commands) == 0 { return }
        let text = errorText(context).map { String(cString: $0) } ?? ""
        // Only the first complaint: the rest are its source lines.
        let line = text.split(separator: "\n").first.map(String.init) ?? "unknown error"
        throw .rejected(action: action, message: line)
    }
}
