import PodModel
import PodPlanning

extension CommandLineParser {
    private static let defaultRegistry = "https://index.docker.io/v1/"

    static func create(_ parsed: ParsedArguments) throws(UsageError) -> CreateOptions {
        guard parsed.operands.count == 1, let name = parsed.operands.first, !name.isEmpty else {
            throw UsageError("exactly one NAME is required, got \(parsed.operands.count)", verb: parsed.verb)
        }
        var options = CreateOptions(
            name: name, namespace: try namespace(parsed), contents: try contents(parsed))
        options.dryRun = try dryRun(parsed)
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects)
        return options
    }

    private static func contents(_ parsed: ParsedArguments) throws(UsageError) -> CreateOptions.Contents {
        switch parsed.verb {
        case "create configmap": return try entries(parsed, .configMap)
        case "create secret tls":
            guard let certificate = parsed.text("cert"), let key = parsed.text("key"), !certificate.isEmpty,
                !key.isEmpty
            else { throw UsageError("key and cert must be specified", verb: parsed.verb) }
            return .keyPair(certificate: certificate, key: key)
        case "create secret docker-registry":
            if parsed.has("from-file") {
                return try entries(parsed, .secret, type: "kubernetes.io/dockerconfigjson")
            }
            let server = parsed.text("docker-server") ?? defaultRegistry
            guard let user = parsed.text("docker-username"), let password = parsed.text("docker-password"),
                !user.isEmpty, !password.isEmpty, !server.isEmpty
            else {
                throw UsageError(
                    "either --from-file or the combination of --docker-username, --docker-password and --docker-server "
                        + "is required", verb: parsed.verb)
            }
            return .registry(server: server, user: user, password: password, email: parsed.text("docker-email") ?? "")
        default: return try entries(parsed, .secret, type: parsed.text("type") ?? "")
        }
    }

    private static func entries(
        _ parsed: ParsedArguments, _ kind: ObjectKind, type: String = ""
    ) throws(UsageError) -> CreateOptions.Contents {
        let files = parsed.texts("from-env-file")
        guard files.isEmpty || !(parsed.has("from-file") || parsed.has("from-literal")) else {
            throw UsageError("from-env-file cannot be combined with from-file or from-literal", verb: parsed.verb)
        }
        do throws(ObjectContents.Problem) {
            var sources: [ObjectContents.Source] = []
            for text in parsed.texts("from-file") { sources.append(try ObjectContents.file(text)) }
            for text in parsed.texts("from-literal") { sources.append(try ObjectContents.literal(text, of: kind)) }
            return .entries(kind, type: type, sources, environmentFiles: files)
        } catch {
            throw UsageError("\(error)", verb: parsed.verb)
        }
    }
}
