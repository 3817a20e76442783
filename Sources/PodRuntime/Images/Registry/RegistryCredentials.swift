import Glibc
import PodLinux
import PodModel
import PodPlanning

/// A login at one registry. Never printed: descriptions show no secret.
package struct RegistryCredential: Codable, Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    package var user = ""
    package var password = ""
    /// An OAuth2 refresh token; used instead of user and password when not empty.
    package var identityToken = ""

    package init(user: String = "", password: String = "", identityToken: String = "") {
        self.user = user
        self.password = password
        self.identityToken = identityToken
    }

    package var description: String { "credential of user \"\(user)\"" }
    package var debugDescription: String { description }
}

/// The logins of this host: containers' `auth.json`, docker's `config.json` and the credential helpers they name.
package struct RegistryCredentials: Sendable {
    private enum Source: Sendable {
        case only(RegistryCredential?)
        case files([CredentialFile])
    }

    private let source: Source

    /// No login: everything is fetched anonymously.
    package static let none = RegistryCredentials(only: nil)

    /// One login for whatever is asked, given by `--creds` or handed from coordinator to worker.
    package init(only credential: RegistryCredential?) { source = .only(credential) }

    init(files: [CredentialFile]) { source = .files(files) }

    /// `user:password` of `--creds`.
    /// - Throws: ``ImageError`` `invalid` without both; the text is not repeated.
    package init(commandLine text: String) throws {
        guard let credential = RegistryCredential(userAndPassword: text) else {
            throw ImageError(.invalid, "credentials must be USER:PASSWORD")
        }
        self.init(only: credential)
    }

    /// Reads the files, in containers/image's order; missing ones are no error.
    /// - Throws: ``ImageError`` `invalid` naming the file that can't be read; `SyscallError`.
    package static func read() throws -> RegistryCredentials {
        var environment: [String: String] = [:]
        for name in ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HOME", "DOCKER_CONFIG"] {
            if let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty { environment[name] = value }
        }
        return RegistryCredentials(
            files: try paths(environment: environment, user: geteuid()).compactMap { path in
                try FileBytes.readIfPresent(path).map { try CredentialFile($0, path: path) }
            })
    }

    /// These, and before them the logins of a pod's Secrets.
    /// - Throws: ``ImageError`` `invalid` naming the Secret that can't be read.
    package func preceded(by secrets: [PullSecret]) throws -> RegistryCredentials {
        guard case .files(let files) = source else { return self }
        return RegistryCredentials(files: try secrets.map(CredentialFile.init) + files)
    }

    /// What to try at an endpoint, in this order: each file that knows a login there, for itself. A login that is out of date
    /// does not stand in the way of the next one (kubelet).
    package func alternatives(for endpoint: RegistryEndpoint) -> [RegistryCredentials] {
        guard case .files(let files) = source else { return [self] }
        let knowing = files.filter { $0.login(for: endpoint) != nil }
        return knowing.count < 2 ? [self] : knowing.map { RegistryCredentials(files: [$0]) }
    }

    /// Where logins may be, in the order to look: what `$REGISTRY_AUTH_FILE` names is looked at alone.
    static func paths(environment: [String: String], user: UInt32) -> [String] {
        if let path = environment["REGISTRY_AUTH_FILE"] { return [path] }
        let home = environment["HOME"] ?? (user == 0 ? "/root" : "")
        let runtime = environment["XDG_RUNTIME_DIR"].map { "\($0)/containers" } ?? "/run/containers/\(user)"
        return [
            "\(runtime)/auth.json", "\(environment["XDG_CONFIG_HOME"] ?? "\(home)/.config")/containers/auth.json",
            "\(environment["DOCKER_CONFIG"] ?? "\(home)/.docker")/config.json",
        ]
    }

    /// A login that names the token server itself. nil: anonymous.
    func credential(forTokenServer host: String) throws -> RegistryCredential? {
        guard case .files = source else { return nil }
        return try credential(for: RegistryEndpoint(host: host, repository: ""))
    }

    /// The login for a repository; may run a credential helper. nil: anonymous.
    /// - Throws: ``ImageError`` `host` when a helper fails.
    package func credential(for endpoint: RegistryEndpoint) throws -> RegistryCredential? {
        switch source {
        case .only(let credential): return credential
        case .files(let files):
            for file in files {
                switch file.login(for: endpoint) {
                case .credential(let credential): return credential
                case .helper(let name, let server):
                    if let found = try CredentialHelper.credential(name: name, server: server) { return found }
                case nil: continue
                }
            }
            return nil
        }
    }
}
