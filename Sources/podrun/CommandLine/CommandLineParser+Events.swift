import PodModel

extension CommandLineParser {
    static func events(_ parsed: ParsedArguments) throws(UsageError) -> EventsOptions {
        try refuseOperands(parsed)
        var options = EventsOptions()
        options.namespace = try listNamespace(parsed)
        options.watch = parsed.isOn("watch")
        options.headers = !parsed.isOn("no-headers")
        options.format = try OutputFormat.read(parsed, allowed: OutputFormat.ofEvents) ?? .table
        if let object = parsed.text("for") {
            let parts = object.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let kind = ObjectKind(word: parts[0]), ObjectName.isSubdomain(parts[1]) else {
                throw UsageError("--for must be in resource/name form, such as pod/web", verb: "events")
            }
            options.fieldSelector.terms = [
                .init("involvedObject.kind", kind.rawValue), .init("involvedObject.name", parts[1]),
            ]
        }
        for word in parsed.texts("types").flatMap({ $0.split(separator: ",") }) {
            guard let type = ["Normal", "Warning"].first(where: { $0.lowercased() == word.lowercased() }) else {
                throw UsageError("valid --types are Normal or Warning", verb: "events")
            }
            options.types.append(type)
        }
        return options
    }
}
