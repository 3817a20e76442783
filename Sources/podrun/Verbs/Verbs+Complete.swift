import PodImages
import PodModel
import PodRuntime

extension Verbs {
    /// The candidates, for the shells' scripts (`CompletionScript`). Whatever goes wrong, there are none: a shell that
    /// completes a word is no place for errors.
    func complete(_ request: CompletionRequest) throws -> Int32 {
        var text = ""
        for candidate in (try? candidates(request.source)) ?? [] {
            guard candidate.text.hasPrefix(request.typed), !request.given.contains(candidate.text) else { continue }
            let help = candidate.help.isEmpty ? "" : "\t" + candidate.help
            text += TerminalText.escaped(request.kept + candidate.text) + help + "\n"
        }
        switch request.source {
        case .files: text += ":files\n"
        case .podPaths where !request.typed.contains(":"): text += ":files\n"
        default: break
        }
        try Console.print(text)
        return 0
    }

    private func candidates(_ source: CompletionRequest.Source) throws -> [CompletionRequest.Candidate] {
        switch source {
        case .words(let candidates): return candidates
        case .files: return []
        case .objects(let kind, let namespace):
            return try there(kind, namespace: namespace).objects.map { .init($0.metadata.name) }
        case .podPaths(let namespace):
            return try there(namespace: namespace).pods.map { .init($0.metadata.name + ":") }
        case .containers(let pod, let namespace):
            let specs = try there(namespace: namespace, names: [pod]).pods.map(\.spec)
            return specs.flatMap { spec in
                (spec.containers.map(\.name) + spec.initContainers.map(\.name) + spec.ephemeralContainers.map(\.name))
                    .map { .init($0) }
            }
        case .images:
            return try images.list().filter { !$0.tag.isEmpty }.map { .init("\($0.repository):\($0.tag)") }
        case .namespaces:
            return Set(try there(namespace: "").pods.map(\.metadata.namespace)).sorted().map { .init($0) }
        }
    }

    /// As the agent that runs has them: none is started to complete a word.
    private func there(_ kind: ObjectKind = .pod, namespace: String, names: [String] = []) throws -> Listing {
        try fetch(kind, namespace: namespace, names: names, startsAgent: false)
    }
}
