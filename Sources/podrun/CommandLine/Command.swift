import PodModel
import PodPlanning
import PodRuntime

/// A command line understood: what to do, and where.
struct Invocation: Equatable {
    var command: Command
    var directories = Directories()
}

/// Where another instance of podrun keeps its things; nil is the usual place.
struct Directories: Equatable {
    var run: String?
    var data: String?
    var log: String?
}

extension Directories {
    init(_ parsed: ParsedArguments) {
        self.init(run: parsed.text("run-dir"), data: parsed.text("data-dir"), log: parsed.text("log-dir"))
    }
}

enum Command: Equatable {
    case apply(ApplyOptions)
    case create(CreateOptions)
    case get(GetOptions)
    case apiResources(APIResourcesOptions)
    case label(MetadataOptions)
    case patch(PatchOptions)
    case edit(EditOptions)
    case diff(DiffOptions)
    case events(EventsOptions)
    case namespaces(NamespacesOptions)
    case wait(WaitOptions)
    case run(RunOptions)
    case runImage(RunImageOptions)
    case describe(DescribeOptions)
    case logs(LogsOptions)
    case exec(ExecOptions)
    case attach(AttachOptions)
    case debug(DebugOptions)
    case copy(CopyOptions)
    case portForward(PortForwardOptions)
    case delete(DeleteOptions)
    case explain(ExplainOptions)
    case setImage(SetImageOptions)
    case setResources(SetResourcesOptions)
    case topPod(TopPodOptions)
    case topNode(TopNodeOptions)
    case conformance
    case plan(files: [String], namespace: String?)
    case pull(PullOptions)
    case image(ImageCommand)
    case lab(LabOptions)
    /// Its name and arguments.
    case worker([String])
    case systemInfo
    case systemCheck(SystemCheckOptions)
    case version(VersionFormat)
    case agent(AgentFlags)
    case agentStop
    case completion(CompletionScript)
    case complete(CompletionRequest)
    case help([String])
    /// Into which directory.
    case manual(String)

    /// Whether it works without root: it only reads files of the caller's and facts of the host.
    var needsRoot: Bool {
        switch self {
        case .apiResources, .explain, .plan, .topNode, .systemInfo, .version, .completion,
            .complete, .help, .manual, .conformance:
            false
        default: true
        }
    }
}

enum ImageCommand: Equatable {
    enum Format: String {
        case json, yaml
    }

    case list(headers: Bool)
    case inspect(images: [String], Format)
    case load(path: String, name: String?)
    /// nil: stdout.
    case save(images: [String], output: String?)
    /// Empty means all images.
    case verify(images: [String])
    case remove(images: [String])
    case prune(all: Bool, force: Bool)
}

struct PullOptions: Equatable {
    /// At least one.
    var images: [String]
    /// nil: this host's.
    var platform: String?
    /// `USER[:PASSWORD]`, as given.
    var credentials: String?
    var quiet = false
    var json = false
}

struct AgentFlags: Equatable {
    var idleTimeoutSeconds: Int?
    var readinessDescriptor: Int32?
    var imagePolicy = ImageCollection.Policy()
    /// Nanoseconds; nil is the usual time.
    var imagePeriod: Int64?
}

/// What of a request is only said.
enum DryRun: String, Equatable, CaseIterable {
    case client, server

    static let words = allCases.map(\.rawValue)

    /// What kubectl says behind what would be done.
    var note: String { self == .client ? " (dry run)" : " (server dry run)" }
}

struct ApplyOptions: Equatable {
    /// apply, create or replace.
    var verb = ControlRequest.Verb.apply
    /// Files, directories, or `-` for stdin; at least one.
    var files: [String]
    /// nil: each manifest's own.
    var namespace: String?
    var wait = true
    var withoutEnforcement = false
    var dryRun: DryRun?
    /// What can't be changed (apply), or everything (replace), is deleted and made again.
    var force = false
    /// Of such a deletion; nil: each pod's own.
    var gracePeriodSeconds: Int?
    /// nil: say what was done.
    var format: OutputFormat?
}

struct CreateOptions: Equatable {
    enum Contents: Equatable {
        /// Of a ConfigMap, or a Secret of a type.
        case entries(ObjectKind, type: String, [ObjectContents.Source], environmentFiles: [String])
        case registry(server: String, user: String, password: String, email: String)
        /// Paths.
        case keyPair(certificate: String, key: String)
    }

    var name: String
    /// nil: `default`.
    var namespace: String?
    var contents: Contents
    var dryRun: DryRun?
    /// nil: say what was done.
    var format: OutputFormat?
}

struct GetOptions: Equatable {
    /// At least one.
    var groups = [ObjectGroup()]
    /// Empty means all namespaces.
    var namespace = "default"
    var fieldSelector = FieldSelector()
    var labels = LabelQuery()
    var format = OutputFormat.table
    var sortBy: JSONPath?
    var watch = false
    /// While watching: not what is there at first.
    var onlyChanges = false
    /// While watching: ADDED, MODIFIED or DELETED with each object.
    var outputsChangeTypes = false
    var headers = true
    /// Of these labels a column each.
    var labelColumns: [String] = []
    var showsLabels = false
    /// `pod/web` for `web`.
    var showsKinds = false
    var ignoreNotFound = false
}

struct EventsOptions: Equatable {
    /// Empty means all namespaces.
    var namespace = "default"
    var fieldSelector = FieldSelector()
    /// Normal, Warning; empty means both.
    var types: [String] = []
    var format = OutputFormat.table
    var watch = false
    var headers = true
}

struct DescribeOptions: Equatable {
    /// At least one.
    var groups = [ObjectGroup()]
    /// Empty means all namespaces.
    var namespace = "default"
    var labels = LabelQuery()
    var events = true
    /// Of pods: who shares which namespace with whom.
    var showsNamespaces = false
}

struct LogsOptions: Equatable {
    enum Since: Equatable {
        case nanoseconds(Int64)
        /// RFC 3339.
        case time(String)
    }

    var namespace = "default"
    /// Empty with labels.
    var pod: String
    /// nil: the default container.
    var container: String?
    var allContainers = false
    var follow = false
    var previous = false
    /// nil: all lines.
    var tail: Int?
    var since: Since?
    var timestamps = false
    var prefix = false
    var limitBytes: Int?
    /// Pods with these labels instead of one that is named.
    var labels = LabelQuery()
    /// Containers that are followed at once.
    var maxLogRequests = 5
}

struct ExecOptions: Equatable {
    var namespace = "default"
    var pod: String
    /// nil: the default container.
    var container: String?
    var stdin = false
    var tty = false
    var quiet = false
    /// At least one word.
    var command: [String]
}

struct AttachOptions: Equatable {
    var namespace = "default"
    var pod: String
    /// nil: the default container.
    var container: String?
    var stdin = false
    var tty = false
    var quiet = false
}

struct DebugOptions: Equatable {
    static let pullPolicies = ["Always", "IfNotPresent", "Never"]

    var namespace = "default"
    var pod: String
    /// May be empty with `copy`.
    var image: String
    /// nil: an ephemeral container in the pod itself.
    var copy: DebugCopy?
    /// The new container's name; nil: one that is made up.
    var container: String?
    /// The container whose processes it sees; nil: its own only.
    var target: String?
    /// Empty: the image's own.
    var command: [String] = []
    var isArgumentsOnly = false
    var environment: [EnvVar] = []
    var pullPolicy = ""
    var profile = DebugProfile.general
    var stdin = false
    var tty = false
    var attaches = false
    var quiet = false
}

struct DeleteOptions: Equatable {
    enum Target: Equatable {
        case named
        case files([String])
        case selected(LabelQuery, FieldSelector)
        case all

        /// Not whatever there is.
        var isNamed: Bool {
            switch self {
            case .named, .files: true
            case .selected, .all: false
            }
        }
    }

    /// What is named, selected or meant by all.
    var groups = [ObjectGroup()]
    var target: Target
    /// nil: `default`, or each manifest's own; empty: all namespaces (only with `.all`).
    var namespace: String?
    /// nil: each pod's own.
    var gracePeriodSeconds: Int?
    var wait = true
    var ignoreNotFound = false
    var dryRun: DryRun?
    /// `pod/web` instead of what was done.
    var printsNames = false
}

struct ExplainOptions: Equatable {
    var kind: ObjectKind
    /// Names of fields from the object on; empty means the object itself.
    var path: [String] = []
    var recursive = false
}
