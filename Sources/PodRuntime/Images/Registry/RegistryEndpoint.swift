/// One place an image can be fetched from: a registry's host and the repository's name there.
package struct RegistryEndpoint: Codable, Sendable, Hashable, CustomStringConvertible {
    /// Host and port as they are connected to: `registry-1.docker.io`, `127.0.0.1:5000`, `[::1]:5000`.
    package var host: String
    /// Declared in registries.conf: plain http is tried when https doesn't answer, and certificates are not verified.
    /// A loopback host needs no declaration for plain http; its certificate, if it has one, is verified.
    package var isInsecure: Bool
    /// The repository's name on this host, after rewriting by registries.conf: `library/nginx`.
    package var repository: String

    package init(host: String, isInsecure: Bool = false, repository: String) {
        self.host = host
        self.isInsecure = isInsecure
        self.repository = repository
    }

    var allowsPlainText: Bool { isInsecure || RegistryHost.isLoopback(host) }

    /// `registry-1.docker.io/library/nginx`
    package var description: String { "\(host)/\(repository)" }
}
