import PodModel
import PodRuntime

/// An object of a listing, of whatever kind.
enum ListedObject: Equatable {
    case pod(Pod)
    case stored(StoredObject)
    case event(Event)

    var kind: ObjectKind {
        switch self {
        case .pod: .pod
        case .stored(let object): object.kind
        case .event: .event
        }
    }

    var metadata: ObjectMeta {
        get {
            switch self {
            case .pod(let pod): pod.metadata
            case .stored(let object): object.metadata
            case .event(let event): event.metadata
            }
        }
        set {
            switch self {
            case .pod(var pod):
                pod.metadata = newValue
                self = .pod(pod)
            case .stored(var object):
                object.metadata = newValue
                self = .stored(object)
            case .event(var event):
                event.metadata = newValue
                self = .event(event)
            }
        }
    }

    /// `pod/web`
    var reference: String {
        switch self {
        case .pod(let pod): "pod/\(pod.metadata.name)"
        case .stored(let object): object.reference
        case .event(let event): "event/\(event.metadata.name)"
        }
    }

    /// As `-o` prints it.
    func value() throws -> Value {
        switch self {
        case .pod(let pod): try NodeEncoder.encode(pod)
        case .stored(let object): try object.value
        case .event(let event): try NodeEncoder.encode(event)
        }
    }

    /// Of the table of its kind.
    ///
    /// - Parameter now: the wall clock.
    func cells(isWide: Bool, now: Timestamp) -> [String] {
        switch self {
        case .pod(let pod): PodRow(pod, now: now).cells(isWide: isWide)
        case .stored(let object): ObjectRow(object, now: now).cells(of: object.kind, isWide: isWide)
        case .event(let event): ObjectRow(event, now: now).cells(of: .event, isWide: isWide)
        }
    }
}

extension ControlReply {
    /// The objects of a watch's change, or of a part of a list.
    func listed(of kind: ObjectKind) -> [ListedObject] {
        switch kind {
        case .pod: pods.map(ListedObject.pod)
        case .event: events.map(ListedObject.event)
        default: objects.map(ListedObject.stored)
        }
    }
}
