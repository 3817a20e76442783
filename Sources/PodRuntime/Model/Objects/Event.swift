/// core/v1 Event.
package struct Event: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var kind: String
    package var metadata: ObjectMeta
    package var involvedObject: ObjectReference
    package var reason: String
    package var message: String
    package var source: EventSource
    package var firstTimestamp: Timestamp?
    package var lastTimestamp: Timestamp?
    package var count: Int32
    package var type: String
    package var eventTime: Timestamp?
    package var series: Value?
    package var action: String
    package var related: ObjectReference?
    package var reportingComponent: String
    package var reportingInstance: String

    package static var keptWhenEmpty: [String] {
        [
            "metadata", "involvedObject", "source", "firstTimestamp", "lastTimestamp", "eventTime",
            "reportingComponent", "reportingInstance",
        ]
    }

    package init(
        apiVersion: String = "v1", kind: String = "Event", metadata: ObjectMeta = ObjectMeta(),
        involvedObject: ObjectReference = ObjectReference(), reason: String = "", message: String = "",
        source: EventSource = EventSource(), firstTimestamp: Timestamp? = nil, lastTimestamp: Timestamp? = nil,
        count: Int32 = 0, type: String = "", eventTime: Timestamp? = nil, series: Value? = nil, action: String = "",
        related: ObjectReference? = nil, reportingComponent: String = "", reportingInstance: String = ""
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.metadata = metadata
        self.involvedObject = involvedObject
        self.reason = reason
        self.message = message
        self.source = source
        self.firstTimestamp = firstTimestamp
        self.lastTimestamp = lastTimestamp
        self.count = count
        self.type = type
        self.eventTime = eventTime
        self.series = series
        self.action = action
        self.related = related
        self.reportingComponent = reportingComponent
        self.reportingInstance = reportingInstance
    }
}

/// core/v1 EventSource.
package struct EventSource: Codable, Sendable, Equatable {
    package var component: String
    package var host: String

    package init(component: String = "", host: String = "") {
        self.component = component
        self.host = host
    }
}
