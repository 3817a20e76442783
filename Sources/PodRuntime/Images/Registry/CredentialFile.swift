import PodModel
import PodPlanning

/// One `auth.json`, docker `config.json`, or Secret that is one. Pure: what it says about an endpoint.
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
    /// Those names in `credentials` that have a `*`, the longest of names with the same beginning first.
    private var patterns: [String] = []
    private let store: String

    /// - Throws: ``ImageError`` `invalid`; no content is repeated.
    init(_ bytes: [UInt8], path: String) throws {
        let isEmpty = bytes.allSatisfy { [9, 10, 13, 32].contains($0) }
        guard let document = try? JSON.decode(Document.self, from: isEmpty ? Array("{}".utf8) : bytes) else {
            throw ImageError(.invalid, "read \"\(path)\": not the JSON of an auth file")
        }
        store = document.credsStore
        try take(document.auths, path: path)
        for (key, name) in document.credHelpers.sorted(by: { $0.key < $1.key }) where helpers[Self.name(key)] == nil {
            helpers[Self.name(key)] = (name, key)
        }
    }

    /// The logins of a Secret, as the kubelet reads it: names of hosts may have `*` in their parts. Helpers are programs of this
    /// host: no Secret has them run.
    /// - Throws: as for a file.
    init(_ secret: PullSecret) throws {
        store = ""
        let path = "secret \(secret.name)"
        let bytes = secret.document.bytes
        let entries =
            secret.isLegacy
            ? try? JSON.decode([String: Document.Entry].self, from: bytes)
            : (try? JSON.decode(Document.self, from: bytes))?.auths
        guard let entries else { throw ImageError(.invalid, "read \"\(path)\": not the JSON of an auth file") }
        try take(entries, path: path)
        patterns = credentials.keys.filter { $0.contains("*") }.sorted(by: >)
    }

    private mutating func take(_ entries: [String: Document.Entry], path: String) throws {
        // Sorted: `docker.io` comes before `https://index.docker.io/v1/`, and the first one counts.
        for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
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
        let full = "\(host)/\(endpoint.repository)"
        if let pattern = patterns.first(where: { Self.matches($0, full) }) {
            return credentials[pattern].map(Login.credential)
        }
        if store.isEmpty { return nil }
        return .helper(name: store, server: host == "docker.io" ? "https://index.docker.io/v1/" : host)
    }

    /// Part by part of the host, `*` for any characters of a part but never for a dot or a port; then as a path's beginning.
    private static func matches(_ pattern: String, _ name: String) -> Bool {
        let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let given = name.split(separator: "/", omittingEmptySubsequences: false)
        guard wanted.count <= given.count, zip(wanted, given).dropFirst().allSatisfy({ $0 == $1 }) else { return false }
        let wantedHost = wanted[0].split(separator: ":", omittingEmptySubsequences: false)
        let givenHost = given[0].split(separator: ":", omittingEmptySubsequences: false)
        guard wantedHost.dropFirst() == givenHost.dropFirst() else { return false }
        let wantedParts = wantedHost[0].split(separator: ".", omittingEmptySubsequences: false)
        let givenParts = givenHost[0].split(separator: ".", omittingEmptySubsequences: false)
        return wantedParts.count == givenParts.count
            && zip(wantedParts, givenParts).allSatisfy { matches(part: Array($0.utf8)[...], Array($1.utf8)[...]) }
    }

    private static func matches(part pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == UInt8(ascii: "*") {
            return (text.startIndex...text.endIndex).contains { matches(part: pattern.dropFirst(), text[$0...]) }
        }
        return text.first == first && matches(part: pattern.dropFirst(), text.dropFirst())
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
