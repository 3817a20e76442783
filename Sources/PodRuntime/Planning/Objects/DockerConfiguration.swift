import PodModel

/// What docker keeps of a login, as a Secret of type kubernetes.io/dockerconfigjson holds it.
package struct DockerConfiguration: Sendable {
    private struct File: Encodable {
        let auths: [String: Entry]
    }

    private struct Entry: Encodable {
        let username: String
        let password: String
        let email: String?
        let auth: String
    }

    private let file: File

    package init(server: String, user: String, password: String, email: String) {
        let entry = Entry(
            username: user, password: password, email: email.isEmpty ? nil : email,
            auth: Base64.encode(Array("\(user):\(password)".utf8)))
        file = File(auths: [server: entry])
    }

    /// JSON.
    package var bytes: [UInt8] {
        get throws { try JSON.encode(file) }
    }
}
