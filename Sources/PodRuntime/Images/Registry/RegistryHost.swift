import Glibc
import PodLinux
import PodModel

/// What podrun knows of a registry by its host's name alone.
enum RegistryHost {
    /// `localhost`, `127.0.0.0/8` and `::1`, with or without a port: nobody listens in on the way there.
    static func isLoopback(_ hostAndPort: String) -> Bool {
        let host = name(of: hostAndPort)
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether a registry's password may go to a token server on this host (both without port): to its own host, and to
    /// its domain as in `registry-1.docker.io` and `auth.docker.io`, `registry.gitlab.com` and `gitlab.com`.
    static func isTokenServer(_ realm: String, of registry: String) -> Bool {
        let realm = realm.lowercased()
        let registry = registry.lowercased()
        if realm == registry { return true }
        let labels = registry.split(separator: ".")
        guard labels.count > 1, let last = labels.last, UInt8(last) == nil, !registry.hasPrefix("[") else {
            return false
        }
        // Nobody's domain: `co.uk`.
        let isPublic = labels.count == 3 && labels[1].count <= 3 && last.count == 2
        let domain = labels.count > 2 && !isPublic ? labels.dropFirst().joined(separator: ".") : registry
        return realm == domain || realm.hasSuffix("." + domain)
    }

    /// The host in lower case, without port.
    static func name(of hostAndPort: String) -> String {
        let text = hostAndPort.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return String(text.prefix { $0 != ":" })
    }

    /// Certificate authorities beside the host's own, where docker, podman and containerd users put them: the first
    /// `*.crt` of `/etc/containers/certs.d/HOST[:PORT]` or `/etc/docker/certs.d/...`, else `$SSL_CERT_FILE`.
    static func authorities(of url: TransferURL) -> String? {
        guard url.scheme == "https" else { return nil }
        for folder in ["/etc/containers/certs.d", "/etc/docker/certs.d"] {
            for name in [url.hostAndPort, "\(url.host):\(url.port)"] where !name.contains("/") && !name.hasPrefix(".") {
                let directory = "\(folder)/\(name)"
                if let found = try? Directory(directory).names().filter({ $0.hasSuffix(".crt") }).min() {
                    return "\(directory)/\(found)"
                }
            }
        }
        return getenv("SSL_CERT_FILE").map { String(cString: $0) }
    }

    /// This host's clock, for messages.
    static func now() -> String { Timestamp(seconds: Clock.realtimeNanoseconds() / 1_000_000_000).description }
}
