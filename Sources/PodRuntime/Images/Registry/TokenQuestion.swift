import PodModel

/// How a bearer challenge is answered: what to ask the token server, and what its answer means. Pure.
/// (distribution/docs: token and oauth2 specifications)
struct TokenQuestion: Equatable {
    /// The realm with the query of a GET; the realm alone for a POST.
    var url: String
    /// `Basic ...`; nil to ask anonymously, or when the secret is in the form.
    var authorization: String?
    /// Of a POST, `application/x-www-form-urlencoded`; nil: GET.
    var form: String?

    /// - Parameters:
    ///   - realm: the challenge's realm, checked already.
    ///   - scope: what is wanted at least: `repository:library/nginx:pull`.
    init(realm: String, challenge: Challenge, scope: String, credential: RegistryCredential?) {
        // Registries that rename repositories on the way (proxies) name theirs in the challenge.
        let scopes = (challenge.parameters["scope"] ?? "").split(separator: " ").map(String.init).filter { $0 != scope }
        var fields: [(String, String)] = []
        if let service = challenge.parameters["service"], !service.isEmpty { fields.append(("service", service)) }
        if let credential, !credential.identityToken.isEmpty {
            fields += [
                ("scope", ([scope] + scopes).joined(separator: " ")), ("grant_type", "refresh_token"),
                ("client_id", "podrun"), ("refresh_token", credential.identityToken),
            ]
            url = realm
            form = Self.encode(fields)
        } else {
            fields += ([scope] + scopes).map { ("scope", $0) }
            if let credential { fields.append(("account", credential.user)) }
            url = realm + (realm.contains("?") ? "&" : "?") + Self.encode(fields)
            authorization = credential?.basicAuthorization
        }
    }

    private struct Answer: Decodable {
        var token: String
        var access_token: String
    }

    /// The token; nil when there is none, or when it can't be a header's value.
    static func token(in body: [UInt8]) -> String? {
        guard let answer = try? JSON.decode(Answer.self, from: body) else { return nil }
        let token = answer.token.isEmpty ? answer.access_token : answer.token
        return !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7e).contains($0) } ? token : nil
    }

    /// `a=b&c=d`, everything but unreserved characters percent-encoded.
    static func encode(_ fields: [(String, String)]) -> String {
        func encode(_ text: String) -> String {
            let digits = Array("0123456789ABCDEF".utf8)
            var bytes: [UInt8] = []
            for byte in text.utf8 {
                switch byte {
                case 48...57, 65...90, 97...122, 45, 46, 95, 126: bytes.append(byte)
                default: bytes += [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        return fields.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }
}

extension RegistryCredential {
    /// The value of an Authorization header.
    var basicAuthorization: String { "Basic " + Base64.encode("\(user):\(password)".utf8) }
}
