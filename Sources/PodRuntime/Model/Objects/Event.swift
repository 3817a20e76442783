/// The object an event is about.
package struct ObjectReference: Codable, Sendable, Equatable {
    package var kind = ""
    package var namespace = ""
    package var name = ""
    package var uid = ""
    package var apiVersion = ""
    package var resourceVersion = ""
    package var fieldPath = ""

    package init() {}
}

/// Who saw it.
package struct EventSource: Codable, Sendable, Equatable {
    package var component = ""
    package var host = ""

    package init(component: String = "", host: String = "") {
        self.component = component
        self.host = host
    }
}

/// Something that happened to an object; core/v1.
package struct Event: Codable, Sendable, Equatable {
    package var apiVersion = ""
    package var kind = ""
    package var metadata = ObjectMeta()
    package var involvedObject = ObjectReference()
    package var reason = ""
    package var message = ""
    package var source = EventSource()
    package var firstTimestamp: Timestamp? = nil
    package var lastTimestamp: Timestamp? = nil
    package var count: Int32 = 0
    package var type = ""
    package var eventTime: Timestamp? = nil
    package var reportingComponent = ""
    package var reportingInstance = ""

    package init() {}
}
