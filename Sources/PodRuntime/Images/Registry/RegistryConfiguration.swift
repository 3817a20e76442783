import Glibc
import PodLinux
import PodModel

/// Where images come from: registries.conf (version 2) and its drop-in files, as containers/image has it.
package struct RegistryConfiguration: Sendable {
    /// By prefix; a later file replaces what an earlier one says about the same prefix.
    private var registries: [String: RegistriesFile.Registry] = [:]
    private var searchRegistries: [String] = []

    /// Nothing configured: every registry under its own name.
    package init() {}

    init(_ files: [RegistriesFile]) {
        for file in files {
            searchRegistries = file.searchRegistries ?? searchRegistries
            for registry in file.registries { registries[registry.prefix] = registry }
        }
    }

    /// Reads `$CONTAINERS_REGISTRIES_CONF` alone when that is set, else `/etc/containers/registries.conf` and
    /// `/etc/containers/registries.conf.d/*.conf` in the order of their names. Missing files are no error.
    /// - Parameter warn: gets one line for each key that has no effect here.
    /// - Throws: ``ImageError`` `invalid` with file and line for what isn't TOML or makes no sense; `SyscallError`.
    package static func read(warn: (String) -> Void) throws -> RegistryConfiguration {
        var paths: [String]
        if let path = getenv("CONTAINERS_REGISTRIES_CONF").map({ String(cString: $0) }), !path.isEmpty {
            paths = [path]
        } else {
            let folder = "/etc/containers/registries.conf.d"
            let names = (try? Directory(folder).names()) ?? []
            paths = ["/etc/containers/registries.conf"]
            paths += names.filter { $0.hasSuffix(".conf") }.sorted().map { "\(folder)/\($0)" }
        }
        return RegistryConfiguration(
            try paths.compactMap { path in
                try FileBytes.readIfPresent(path).map { try RegistriesFile($0, file: path, warn: warn) }
            })
    }

    /// What a name that a user typed may mean, in the order to try: a short name (`nginx`) is looked for in the
    /// `unqualified-search-registries`; without them it is `docker.io/library/nginx`.
    /// - Throws: `ImageReferenceError`.
    package func references(for text: String) throws -> [ImageReference] {
        let plain = try ImageReference(text)
        let first = text.prefix { $0 != "/" }
        let isShort =
            plain.registry == "docker.io" && (!text.contains("/") || !first.contains { $0 == "." || $0 == ":" })
        guard isShort, !searchRegistries.isEmpty else { return [plain] }
        return try searchRegistries.map { try ImageReference("\($0)/\(text)") }
    }

    /// The places to fetch this image from, in the order to try: mirrors first.
    /// - Throws: ``ImageError`` `unsupported` when the registry is blocked.
    package func endpoints(for reference: ImageReference) throws -> [RegistryEndpoint] {
        let matches = registries.values.filter { Self.matches($0, reference.name) }
        guard let registry = matches.max(by: { $0.prefix.utf8.count < $1.prefix.utf8.count }) else {
            return [Self.endpoint(reference.name)]
        }
        if registry.isBlocked {
            throw ImageError(
                .unsupported,
                "registry \"\(registry.prefix)\" is blocked in registries.conf: \"\(reference)\" is not pulled")
        }
        let isByDigest = !reference.digest.isEmpty
        let mirrors = registry.mirrors.filter { mirror in
            switch mirror.use {
            case .all: isByDigest || !registry.mirrorsByDigestOnly
            case .digestOnly: isByDigest
            case .tagOnly: !isByDigest && !registry.mirrorsByDigestOnly
            }
        }
        return mirrors.map {
            Self.endpoint(Self.rewrite(reference.name, registry, to: $0.location), isInsecure: $0.isInsecure)
        } + [
            Self.endpoint(
                Self.rewrite(reference.name, registry, to: registry.location), isInsecure: registry.isInsecure)
        ]
    }

    // MARK: Names

    /// A prefix ends where a component ends: `example.com/foo` is no prefix of `example.com/foobar`.
    private static func matches(_ registry: RegistriesFile.Registry, _ name: String) -> Bool {
        if registry.isWildcard { return name.prefix { $0 != "/" && $0 != ":" }.hasSuffix(registry.prefix.dropFirst()) }
        return name == registry.prefix || name.hasPrefix(registry.prefix + "/")
    }

    private static func rewrite(_ name: String, _ registry: RegistriesFile.Registry, to location: String) -> String {
        if location.isEmpty { return name }
        return location + (registry.isWildcard ? name.drop { $0 != "/" } : name.dropFirst(registry.prefix.count))
    }

    private static func endpoint(_ name: String, isInsecure: Bool = false) -> RegistryEndpoint {
        let host = String(name.prefix { $0 != "/" })
        return RegistryEndpoint(
            host: host == "docker.io" ? "registry-1.docker.io" : host,
            isInsecure: isInsecure, repository: String(name.dropFirst(host.count + 1)))
    }
}
