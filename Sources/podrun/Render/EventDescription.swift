import PodModel
import PodRuntime

/// The events table of `describe`.
struct EventDescription {
    let events: [Event]
    let now: Timestamp

    var text: String {
        guard !events.isEmpty else { return "Events:  <none>\n" }
        var page = Page()
        page.line(0, "Events:")
        page.line(1, "Type\tReason\tAge\tFrom\tMessage")
        page.line(1, "----\t------\t----\t----\t-------")
        for event in events.sortedByTime {
            let source = event.source.component.isEmpty ? event.reportingComponent : event.source.component
            let path = event.involvedObject.fieldPath
            let message = path.isEmpty ? event.trimmedMessage : "\(path): \(event.trimmedMessage)"
            page.line(
                1, [event.type, event.reason, event.interval(now: now), source, message].joined(separator: "\t"))
        }
        return ColumnText().aligned(page.text)
    }
}

extension [Event] {
    /// What happened last comes last; of the same moment, as listed.
    var sortedByTime: [Event] {
        enumerated().sorted { left, right in
            guard let a = left.element.lastTimestamp, let b = right.element.lastTimestamp, a != b else {
                return left.offset < right.offset
            }
            return a < b
        }
        .map(\.element)
    }
}

extension Event {
    /// `3s (x4 over 20s)`
    ///
    /// - Parameter now: the wall clock.
    func interval(now: Timestamp) -> String {
        let first = PodRow.age(of: eventTime ?? firstTimestamp, now: now)
        guard count > 1 else { return first }
        return "\(PodRow.age(of: lastTimestamp, now: now)) (x\(count) over \(first))"
    }
}
