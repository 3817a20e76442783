import PodModel

struct SetResourcesOptions: Equatable {
    var pods: PodSelection
    /// nil: all regular containers.
    var container: String?
    var limits: [String: Quantity]
    var requests: [String: Quantity]
    var dryRun: DryRun?
    /// nil: say what was done.
    var format: OutputFormat?

    /// Sets what was given of each container that is meant; the rest stays.
    ///
    /// - Returns: whether there is such a container.
    func change(_ spec: inout PodSpec) -> Bool {
        var isFound = false
        func change(_ containers: inout [Container]) {
            for index in containers.indices where container == nil || containers[index].name == container {
                isFound = true
                containers[index].resources.limits.merge(limits) { $1 }
                containers[index].resources.requests.merge(requests) { $1 }
            }
        }
        change(&spec.containers)
        if container != nil { change(&spec.initContainers) }
        return isFound
    }
}

extension CommandLineParser {
    static func setResources(_ parsed: ParsedArguments) throws(UsageError) -> SetResourcesOptions {
        var options = SetResourcesOptions(
            pods: try podSelection(parsed), limits: try quantities("limits", parsed),
            requests: try quantities("requests", parsed))
        guard !options.limits.isEmpty || !options.requests.isEmpty else {
            throw UsageError(
                "you must specify an update to requests or limits (in the form of --requests/--limits)",
                verb: parsed.verb)
        }
        options.dryRun = try dryRun(parsed)
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofChangedObjects)
        // kubectl's word for all of them.
        if let name = parsed.text("containers"), name != "*" { options.container = name }
        return options
    }

    /// `cpu=200m,memory=512Mi`
    private static func quantities(
        _ flag: String, _ parsed: ParsedArguments
    ) throws(UsageError) -> [String: Quantity] {
        var quantities: [String: Quantity] = [:]
        for part in parsed.texts(flag).flatMap({ $0.split(separator: ",") }) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 2 else {
                throw UsageError(
                    "invalid argument syntax \(part), expected <resource>=<value>", verb: parsed.verb)
            }
            do {
                quantities[words[0]] = try Quantity(words[1])
            } catch {
                throw UsageError("--\(flag)=\(part): \(error)", verb: parsed.verb)
            }
        }
        return quantities
    }
}
