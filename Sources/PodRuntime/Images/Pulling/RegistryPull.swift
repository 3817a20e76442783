import PodModel

/// Pulls what a user typed: names as registries.conf has them, then endpoints, then the pull itself.
package struct RegistryPull {
    private let store: ImageStore
    private let platform: HostPlatform
    private let configuration: RegistryConfiguration
    private let credentials: RegistryCredentials
    private let progress: (PullProgress) -> Void

    /// - Parameter progress: called for every event but `error`.
    package init(
        store: ImageStore, platform: HostPlatform = .current, configuration: RegistryConfiguration,
        credentials: RegistryCredentials, progress: @escaping (PullProgress) -> Void = { _ in }
    ) {
        self.store = store
        self.platform = platform
        self.configuration = configuration
        self.credentials = credentials
        self.progress = progress
    }

    /// Tries what `text` may mean until one is found; the image gets the name of the one that was.
    ///
    /// - Returns: the name, and what ``ImagePull/run()`` gives.
    /// - Throws: ``ImageError``; of several meanings the failures of all.
    package func run(_ text: String) throws -> (reference: ImageReference, image: PulledImage) {
        var failures: [ImageError] = []
        for reference in try configuration.references(for: text) {
            do throws(any Error) {
                let sources = try configuration.endpoints(for: reference).flatMap { endpoint in
                    credentials.alternatives(for: endpoint).map { source(endpoint, $0) }
                }
                let pull = ImagePull(
                    store: store, reference: reference, platform: platform, sources: sources, progress: progress)
                return (reference, try pull.run())
            } catch let error as ImageError {
                let error = error.during("pull image \"\(reference)\"")
                // What is there and can't be used is not looked for elsewhere.
                guard error.kind == .missing || error.kind == .registry else { throw error }
                failures.append(error)
            } catch {
                throw ImageError(.host, "pull image \"\(reference)\": \(error)")
            }
        }
        guard let last = failures.last else { throw ImageError(.missing, "no registry to pull \"\(text)\" from") }
        throw ImageError(last.kind, failures.map(\.description).joined(separator: "; "))
    }

    private func source(_ endpoint: RegistryEndpoint, _ credentials: RegistryCredentials) -> any PullSource {
        RegistrySource(endpoint, credentials: credentials) { [progress] cause in
            var event = PullProgress(.retry, image: endpoint.description)
            event.message = cause
            progress(event)
        }
    }
}
