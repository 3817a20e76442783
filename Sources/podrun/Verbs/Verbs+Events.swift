import PodModel
import PodRuntime

extension Verbs {
    /// As `kubectl events`: by time, with how often and over what time.
    func events(_ options: EventsOptions) throws -> Int32 {
        var get = GetOptions(groups: [ObjectGroup(.event)], namespace: options.namespace, format: options.format)
        get.fieldSelector = options.fieldSelector
        let listing = try fetch(
            .event, namespace: options.namespace, names: [], selector: options.fieldSelector)
        let found = listing.events.filter(options.isWanted).sortedByTime
        if found.isEmpty, !options.watch {
            Console.warn(
                options.namespace.isEmpty
                    ? "No events found." : "No events found in \(options.namespace) namespace.")
            return 0
        }
        var showsHeader = options.headers
        func show(_ events: [Event], isList: Bool) throws {
            guard !events.isEmpty else { return }
            if options.format == .table {
                try Console.print(table(of: events, options).text(showsHeader: showsHeader))
                showsHeader = false
            } else {
                try Console.print(
                    try ObjectPrinter(options: get).text(of: events.map(ListedObject.event), isList: isList))
            }
        }
        try show(found, isList: !options.watch)
        guard options.watch else { return 0 }
        // What was shown is not shown again: neither the list nor, when the agent is restarted, what came since.
        var shown = Dictionary(found.map { ($0.metadata.uid, $0.count) }) { $1 }
        let request = ControlRequest(
            verb: .watch, kind: .event, namespace: options.namespace, fieldSelector: options.fieldSelector)
        while true {
            let session = try client.send(request)
            do {
                while true {
                    let reply = try session.receive().reply
                    if reply.kind == .error { throw CommandFailure(reply) }
                    for event in reply.events where options.isWanted(event) {
                        let isNews = shown.updateValue(event.count, forKey: event.metadata.uid) != event.count
                        if isNews { try show([event], isList: false) }
                    }
                }
            } catch ControlError.lost {
                continue
            }
        }
    }

    private func table(of events: [Event], _ options: EventsOptions) -> Table {
        let now = Timestamp.current
        func named(_ namespace: String, _ cells: [String]) -> [String] {
            (options.namespace.isEmpty ? [namespace] : []) + cells
        }
        return Table(
            named("NAMESPACE", ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]),
            rows: events.map { event in
                let object = event.involvedObject
                return named(
                    event.metadata.namespace,
                    [
                        event.interval(now: now), event.type, event.reason, "\(object.kind)/\(object.name)",
                        event.trimmedMessage,
                    ])
            })
    }
}

extension EventsOptions {
    fileprivate func isWanted(_ event: Event) -> Bool { types.isEmpty || types.contains(event.type) }
}
