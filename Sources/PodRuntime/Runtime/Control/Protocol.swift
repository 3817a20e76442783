// The control protocol between `podrun` commands and the agent.
//
//   command                                     agent
//     | -- connect <run directory>/agent.sock --> |   refused unless SO_PEERCRED says uid 0
//     | -- ControlRequest (+ descriptors) ------> |   one request per connection
//     | <------------------------ ControlReply -- |   any number of frames; the last one is .done or .error
//     | -- close -------------------------------> |   before .done: cancels exec and watch
//
// A frame is a little-endian u32 length and that many bytes of JSON (Frame.swift). Descriptors travel by SCM_RIGHTS
// with the first byte of their frame: stdin, stdout and stderr with an exec or copy request, a socket with an attach request, the
// pty master with `.started`.

import PodModel

/// What one connection asks of the agent.
package struct ControlRequest: Codable, Sendable, Equatable {
    /// The version this file describes. The agent refuses others with an error that names both.
    package static let currentVersion = 3

    package enum Verb: String, Codable, Sendable {
        /// create: the object must be new. replace: it must be there.
        case apply, create, replace, get, watch, delete, exec, ping, shutdown
        /// Adds the ephemeral containers of `pod` to the one that is named. Answered by `.done` when they are stored.
        case debug
        /// To a running container's streams: `exec` names it; the descriptor of the request is the keeper's end of an
        /// `AttachedStreams`. Answered by `.done` when the keeper was told.
        case attach
        /// As exec, but of podrun's own copier (podrun_copy.h); `exec.command` are its arguments.
        case copy
    }

    package var version: Int
    package var verb: Verb
    /// get, watch, delete: what `names` are names of.
    package var kind: ObjectKind
    /// The namespace of `names` or `pod`; empty means all namespaces (get, watch).
    package var namespace: String
    /// The objects to get or delete (none means all of the namespace); for exec, attach, debug and copy exactly one pod.
    package var names: [String]
    /// get, watch: only objects for which it holds.
    package var fieldSelector: FieldSelector
    package var labels: LabelQuery
    /// apply, create, replace: the pod as written but with a namespace; the command found it valid, the agent checks again
    /// and fills the defaults in.
    package var pod: Pod?
    /// Any other object, likewise.
    package var object: StoredObject?
    /// apply, create, replace: say what would be done, do nothing.
    package var isDryRun: Bool
    /// apply, create, replace: run the pod although the host lacks the cgroup controllers that its limits need.
    package var withoutEnforcement: Bool
    /// apply, create, replace: reply after every container has had its first start or failure. delete: reply after the pod
    /// is gone.
    package var wait: Bool
    /// delete: seconds, not negative; nil means the pod's own terminationGracePeriodSeconds.
    package var gracePeriodSeconds: Int?
    /// get: send the events of the pods too.
    package var includeEvents: Bool
    /// get: send rows of a table instead of pods.
    package var asTable: Bool
    package var exec: ExecRequest?

    package init(
        verb: Verb, kind: ObjectKind = .pod, namespace: String = "", names: [String] = [],
        fieldSelector: FieldSelector = FieldSelector(), labels: LabelQuery = LabelQuery(), pod: Pod? = nil,
        object: StoredObject? = nil, isDryRun: Bool = false, withoutEnforcement: Bool = false, wait: Bool = true,
        gracePeriodSeconds: Int? = nil, includeEvents: Bool = false, asTable: Bool = false, exec: ExecRequest? = nil
    ) {
        version = Self.currentVersion
        self.verb = verb
        self.kind = kind
        self.namespace = namespace
        self.names = names
        self.fieldSelector = fieldSelector
        self.labels = labels
        self.pod = pod
        self.object = object
        self.isDryRun = isDryRun
        self.withoutEnforcement = withoutEnforcement
        self.wait = wait
        self.gracePeriodSeconds = gracePeriodSeconds
        self.includeEvents = includeEvents
        self.asTable = asTable
        self.exec = exec
    }
}

/// What every version of a request has; read before the rest, which another version may call otherwise.
package struct ControlRequestHeader: Codable, Sendable {
    package var version: Int
    package var verb: String
}

/// A command to run in a running container.
package struct ExecRequest: Codable, Sendable, Equatable {
    /// The container's name; empty means the pod's default container.
    package var container: String
    package var command: [String]
    /// Whether the first descriptor of the request is the command's stdin; if not, that is /dev/null.
    package var stdin: Bool
    /// Whether the command gets a terminal; its master side comes back with `.started`.
    package var tty: Bool
    /// The terminal's size at the start, in character cells; 0 where unknown.
    package var rows: Int
    package var columns: Int

    package init(
        container: String = "", command: [String], stdin: Bool = false, tty: Bool = false, rows: Int = 0,
        columns: Int = 0
    ) {
        self.container = container
        self.command = command
        self.stdin = stdin
        self.tty = tty
        self.rows = rows
        self.columns = columns
    }
}

/// One frame of the agent's answer.
package struct ControlReply: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        /// A part of the list that get asked for, as `pods` or as `rows`; several may come, each within
        /// `Frame.replyLimit`.
        case pods
        /// The same for another kind, as `objects`, `events` or `objectRows`.
        case objects
        /// One of `pods`, `objects` or `events` was added, modified or deleted (watch).
        case change
        /// A line for stdout, such as `pod/web created`.
        case result
        /// A line for stderr that does not fail the request.
        case warning
        /// The exec'd command runs.
        case started
        /// The exec'd command ended with `exitCode`.
        case exited
        /// The request was carried out; nothing follows.
        case done
        /// The request failed with `message`; nothing follows.
        case error
    }

    package var kind: Kind
    package var pods: [Pod]
    package var rows: [PodRow]
    package var objects: [StoredObject]
    package var objectRows: [ObjectRow]
    package var events: [Event]
    /// change: ADDED, MODIFIED or DELETED.
    package var change: String
    /// result, warning, error: the text, without an "error: " before it.
    package var message: String
    /// result of an apply or create: the pod's.
    package var uid: String?
    /// result of a delete: what was deleted, as `pod/web`.
    package var reference: String?
    /// exited: the command's code, 128 + signal if it was killed. error: what the podrun command exits with (0 = 1).
    package var exitCode: Int
    /// error: the request itself was wrong, the command exits with 2.
    package var isUsage: Bool

    package init(
        kind: Kind, pods: [Pod] = [], rows: [PodRow] = [], objects: [StoredObject] = [],
        objectRows: [ObjectRow] = [], events: [Event] = [], change: String = "", message: String = "",
        uid: String? = nil, reference: String? = nil, exitCode: Int = 0, isUsage: Bool = false
    ) {
        self.kind = kind
        self.uid = uid
        self.reference = reference
        self.pods = pods
        self.rows = rows
        self.objects = objects
        self.objectRows = objectRows
        self.events = events
        self.change = change
        self.message = message
        self.exitCode = exitCode
        self.isUsage = isUsage
    }
}

extension ControlReply {
    /// A result, in kubectl's words.
    package static func deleted(_ kind: ObjectKind, _ metadata: ObjectMeta, gracePeriodSeconds: Int?) -> ControlReply {
        let act = gracePeriodSeconds == 0 ? "force deleted" : "deleted"
        return ControlReply(
            kind: .result, message: "\(kind.word) \"\(metadata.name)\" \(act) from \(metadata.namespace) namespace",
            reference: "\(kind.word)/\(metadata.name)")
    }
}
