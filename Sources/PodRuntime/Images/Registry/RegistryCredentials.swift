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
    /// No login: everything is fetched anonymously.
    package static let none = RegistryCredentials(only: nil)

    /// One login for whatever is asked, given by `--creds` or handed from coordinator to worker.
    package init(only credential: RegistryCredential?) {}

    /// `user:password` of `--creds`.
    /// - Throws: ``ImageError`` `invalid` without a user name; the text is not repeated.
    package init(commandLine text: String) throws {}

    /// Reads the files, in containers/image's order; missing ones are no error.
    /// - Throws: ``ImageError`` `invalid` naming the file that can't be read.
    package static func read() throws -> RegistryCredentials { none }

    /// The login for a repository; may run a credential helper. nil: anonymous.
    package func credential(for endpoint: RegistryEndpoint) throws -> RegistryCredential? { nil }
}
