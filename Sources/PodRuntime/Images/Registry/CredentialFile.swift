import PodModel

/// One `auth.json` or docker `config.json`. Pure: what it says about an endpoint.
struct CredentialFile: Sendable {
    enum Login: Equatable {
        case credential(RegistryCredential)
        /// Ask `docker-credential-<name>` for this server.
        case helper(name: String, server: String)
    }

    private struct Document: Decodable {
        struct Entry: Decodable {
            var auth: String
            var username: String
            var password: String
            var identitytoken: String
        }

        var auths: [String: Entry]
        var credHelpers: [String: String]
        var credsStore: String
    }

    /// By host, or host and the beginning of a path; Docker Hub under `docker.io`.
    private var credentials: [String: RegistryCredential] = [:]
    private var helpers: [String: (name: String, server: String)] = [:]
    private let store: String

    /// - Throws: ``ImageError`` `invalid`; no content is repeated.
    init(_ bytes: [UInt8], path: String) throws {
        let isEmpty = bytes.allSatisfy { [9, 10, 13, 32].contains($0) }
        guard let document = try? JSON.decode(Document.self, from: isEmpty ? Array("{}".utf8) : bytes) else {
            throw ImageError(.invalid, "read \"\(path)\": not the JSON of an auth file")
        }
        store = document.credsStore
        // Sorted: `docker.io` comes before `https://index.docker.io/v1/`, and the first one counts.
        for (key, entry) in document.auths.sorted(by: { $0.key < $1.key }) {
            let name = Self.name(key)
            var credential = RegistryCredential(user: entry.username, password: entry.password)
            if !entry.auth.isEmpty {
                guard let text = Base64.decode(entry.auth).map({ String(decoding: $0, as: UTF8.self) }),
                    let decoded = RegistryCredential(userAndPassword: text)
                else { throw ImageError(.invalid, "read \"\(path)\": bad \"auth\" of \"\(key)\"") }
                credential = decoded
            }
            credential.identityToken = entry.identitytoken
            // Docker leaves empty entries where the login itself is in a helper's store.
            if credential != RegistryCredential(), credentials[name] == nil { credentials[name] = credential }
        }
        for (key, name) in document.credHelpers.sorted(by: { $0.key < $1.key }) where helpers[Self.name(key)] == nil {
            helpers[Self.name(key)] = (name, key)
        }
    }

    /// The entry of the longest name; at the same length a helper comes first, the general store last.
    func login(for endpoint: RegistryEndpoint) -> Login? {
        let host = Self.name(endpoint.host)
        var name = "\(host)/\(endpoint.repository)"
        while true {
            if let helper = helpers[name] { return .helper(name: helper.name, server: helper.server) }
            if let credential = credentials[name] { return .credential(credential) }
            guard let slash = name.lastIndex(of: "/") else { break }
            name = String(name[..<slash])
        }
        if store.isEmpty { return nil }
        return .helper(name: store, server: host == "docker.io" ? "https://index.docker.io/v1/" : host)
    }

    /// A key as a name: `https://index.docker.io/v1/` and its kind are docker's, of the host alone.
    private static func name(_ key: String) -> String {
        var name = key[...]
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) {
            name = name.dropFirst(scheme.count).prefix { $0 != "/" }
        }
        while name.hasSuffix("/") { name = name.dropLast() }
        let host = name.prefix { $0 != "/" }
        guard ["index.docker.io", "registry-1.docker.io"].contains(host.lowercased()) else { return String(name) }
        return "docker.io" + name.dropFirst(host.count)
    }
}

extension RegistryCredential {
    /// `user:password`; the password may have colons, and Docker once wrote NULs behind it. nil without a user.
    init?(userAndPassword text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon != text.startIndex else { return nil }
        var password = text[text.index(after: colon)...]
        while password.utf8.last == 0 { password.removeLast() }
        self.init(user: String(text[..<colon]), password: String(password))
    }
}
