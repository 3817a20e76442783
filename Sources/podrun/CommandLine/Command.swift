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

enum Command: Equatable {
    case apply(ApplyOptions)
    case get(GetOptions)
    case describe(DescribeOptions)
    case logs(LogsOptions)
    case exec(ExecOptions)
    case delete(DeleteOptions)
    case plan(files: [String], namespace: String?)
    case imageLoad(path: String, name: String?)
    case imageList(headers: Bool)
    case imageRemove(names: [String])
    case systemInfo
    case version
    case agent(idleTimeoutSeconds: Int?, readinessDescriptor: Int32?)
    case agentStop
    case help([String])

    /// Whether it works without root: it only reads files of the caller's and facts of the host.
    var needsRoot: Bool {
        switch self {
        case .plan, .systemInfo, .version, .help: false
        default: true
        }
    }
}

struct ApplyOptions: Equatable {
    /// Files, directories, or `-` for stdin; at least one.
    var files: [String]
    /// nil: each manifest's own.
    var namespace: String?
    var wait = true
    var withoutEnforcement = false
}

struct GetOptions: Equatable {
    enum Format: String, CaseIterable {
        case table, wide, json, yaml, name
    }

    /// Empty means all namespaces.
    var namespace = "default"
    /// Empty means all pods.
    var names: [String] = []
    var format = Format.table
    var watch = false
    var headers = true
}

struct DescribeOptions: Equatable {
    /// Empty means all namespaces.
    var namespace = "default"
    /// Empty means all pods.
    var names: [String] = []
    var events = true
}

struct LogsOptions: Equatable {
    enum Since: Equatable {
        case nanoseconds(Int64)
        /// RFC 3339.
        case time(String)
    }

    var namespace = "default"
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
}

struct ExecOptions: Equatable {
    var namespace = "default"
    var pod: String
    /// nil: the default container.
    var container: String?
    var stdin = false
    var tty = false
    /// At least one word.
    var command: [String]
}

struct DeleteOptions: Equatable {
    enum Target: Equatable {
        case names([String])
        case files([String])
        case all
    }

    var target: Target
    /// nil: `default`, or each manifest's own; empty: all namespaces (only with `.all`).
    var namespace: String?
    /// nil: each pod's own.
    var gracePeriodSeconds: Int?
    var wait = true
    var ignoreNotFound = false
}
