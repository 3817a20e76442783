import PodModel

struct SetImageOptions: Equatable {
    var pods: PodSelection
    /// By container; `*` means all of them.
    var images: [String: String]
    var dryRun: DryRun?
    /// nil: say what was done.
    var format: OutputFormat?

    /// - Throws: when a container is named that there isn't.
    func change(_ spec: inout PodSpec) throws(CommandFailure) {
        let names = (spec.initContainers + spec.containers).map(\.name)
        for name in images.keys.sorted() where name != "*" && !names.contains(name) {
            throw CommandFailure("unable to find container named \(FieldError.quoted(name))")
        }
        func change(_ containers: inout [Container]) {
            for index in containers.indices {
                containers[index].image = images[containers[index].name] ?? images["*"] ?? containers[index].image
            }
        }
        change(&spec.containers)
        change(&spec.initContainers)
    }
}

extension CommandLineParser {
    static func setImage(_ parsed: ParsedArguments) throws(UsageError) -> SetImageOptions {
        var images: [String: String] = [:]
        for pair in parsed.operands.filter({ $0.contains("=") }) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard !parts[0].isEmpty, !parts[1].isEmpty else {
                throw UsageError("invalid argument syntax \(pair), expected CONTAINER=IMAGE", verb: parsed.verb)
            }
            images[parts[0]] = parts[1]
        }
        guard !images.isEmpty else { throw UsageError("at least one image update is required", verb: parsed.verb) }
        var rest = parsed
        rest.operands.removeAll { $0.contains("=") }
        return SetImageOptions(
            pods: try podSelection(rest), images: images, dryRun: try dryRun(parsed),
            format: try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects))
    }
}
