import PodModel

/// One event of a pod, counted: what is kept of it. What clients see of it is its `event`.
package struct EventRecord: Codable, Sendable, Equatable {
    /// Normal or Warning.
    package var type: String
    package var reason: String
    package var message: String
    /// Of the involved object: `spec.containers{web}`, or empty.
    package var fieldPath: String
    /// When it came up first; names the event, so no two of a pod have the same.
    package var firstTime: Timestamp
    package var lastTime: Timestamp
    /// As told so far.
    package var count: Int32
    /// Occurrences that the spam filter kept back; told with the next one.
    package var untold: Int32

    /// How long an event is kept after it last came up, seconds (kube-apiserver's --event-ttl).
    package static let lifetime = 3600

    package func isExpired(at now: Timestamp) -> Bool { lastTime.adding(seconds: Self.lifetime) < now }
}

/// The pod that events are about.
package struct EventSubject: Codable, Sendable, Equatable {
    package var namespace: String
    package var name: String
    package var uid: String

    package init(namespace: String, name: String, uid: String) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }
}

extension EventRecord {
    /// The event as the API has it.
    ///
    /// - Parameter node: the name of the node that tells it.
    package func event(of pod: EventSubject, node: String) -> Event {
        let number = String(firstTime.nanosecondsSinceEpoch, radix: 16)
        // Its own uid need not be remembered: it follows from the pod's, and from what tells its events apart.
        let uid = pod.uid.prefix(24) + number.suffix(12)
        return Event(
            metadata: ObjectMeta(
                name: "\(pod.name).\(number)", namespace: pod.namespace, uid: String(uid),
                creationTimestamp: firstTime),
            involvedObject: ObjectReference(
                kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid, apiVersion: "v1",
                fieldPath: fieldPath),
            reason: reason, message: message, source: EventSource(component: "podrun", host: node),
            firstTimestamp: firstTime, lastTimestamp: lastTime, count: count, type: type,
            reportingComponent: "podrun", reportingInstance: node)
    }
}
