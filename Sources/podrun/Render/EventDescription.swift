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
        for event in sorted {
            let source = event.source.component.isEmpty ? event.reportingComponent : event.source.component
            page.line(1, [event.type, event.reason, age(event), source, message(event)].joined(separator: "\t"))
        }
        return ColumnText().aligned(page.text)
    }

    private var sorted: [Event] {
        events.enumerated().sorted { left, right in
            guard let a = left.element.lastTimestamp, let b = right.element.lastTimestamp, a != b else {
                return left.offset < right.offset
            }
            return a < b
        }
        .map(\.element)
    }

    private func age(_ event: Event) -> String {
        let first = PodRow.age(of: event.eventTime ?? event.firstTimestamp, now: now)
        guard event.count > 1 else { return first }
        return "\(PodRow.age(of: event.lastTimestamp, now: now)) (x\(event.count) over \(first))"
    }

    private func message(_ event: Event) -> String {
        var message = Substring(event.message)
        while let last = message.last, last.isWhitespace { message.removeLast() }
        return String(message.drop(while: \.isWhitespace))
    }
}
