import Glibc
import PodLinux
import PodPlanning

/// A place at which tests have an agent die, fail or dawdle: `PODRUN_FAILPOINT=name:kill[,name:error,name:delay]`. Each is
/// met once in the life of a run directory, so that the next agent gets further. Without the variable nothing is looked at.
enum Failpoint: String, CaseIterable {
    case beforeObject = "before-object"
    case afterObject = "after-object"
    case beforeChange = "before-change"
    case afterChange = "after-change"
    case beforeState = "before-state"
    case afterState = "after-state"
    case beforeRecord = "before-record"
    case afterRecord = "after-record"
    case beforeCreateSandbox = "before-create-sandbox"
    case afterCreateSandbox = "after-create-sandbox"
    case beforeResolveImage = "before-resolve-image"
    case afterResolveImage = "after-resolve-image"
    case beforeStartContainer = "before-start-container"
    case afterStartContainer = "after-start-container"
    case beforeRunHook = "before-run-hook"
    case afterRunHook = "after-run-hook"
    case beforeStopContainer = "before-stop-container"
    case afterStopContainer = "after-stop-container"
    case beforeKillContainer = "before-kill-container"
    case afterKillContainer = "after-kill-container"
    case beforeResizeCgroups = "before-resize-cgroups"
    case afterResizeCgroups = "after-resize-cgroups"
    case beforeRemoveSandbox = "before-remove-sandbox"
    case afterRemoveSandbox = "after-remove-sandbox"
    case beforeForget = "before-forget"
    case afterForget = "after-forget"

    private enum Action: String {
        case kill, error, delay
    }

    /// Of the action delay, microseconds.
    private static let delay: UInt32 = 500_000

    @MainActor private static var armed: [Failpoint: Action] = [:]
    @MainActor private static var directory = ""

    /// Reads the variable.
    /// - Throws: what is wrong with it, and all names.
    @MainActor static func arm(runDirectory: String) throws {
        guard let value = getenv("PODRUN_FAILPOINT") else { return }
        directory = runDirectory
        for part in String(cString: value).split(separator: ",") {
            let words = part.split(separator: ":").map(String.init)
            guard words.count == 2, let point = Failpoint(rawValue: words[0]), let action = Action(rawValue: words[1])
            else {
                throw AgentError(
                    "PODRUN_FAILPOINT: \"\(part)\" is not NAME:kill, NAME:error or NAME:delay with a NAME of "
                        + allCases.map(\.rawValue).joined(separator: ", "))
            }
            armed[point] = action
        }
    }

    /// - Throws: for the action error; where nothing can fail it does nothing.
    @MainActor func pass() throws {
        if Self.armed.isEmpty { return }
        guard let action = Self.armed.removeValue(forKey: self) else { return }
        let mark = open("\(Self.directory)/failpoint.\(rawValue)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard mark >= 0 else { return }
        close(mark)
        switch action {
        case .kill: kill(getpid(), SIGKILL)
        case .error: throw SyscallError(call: "pass failpoint", subject: rawValue, errno: EIO)
        case .delay: usleep(Self.delay)
        }
    }
}

extension Effect {
    /// Those around its carrying out; nil for what changes nothing outside of the agent.
    var failpoints: (before: Failpoint, after: Failpoint)? {
        switch self {
        case .createSandbox: (.beforeCreateSandbox, .afterCreateSandbox)
        case .removeSandbox: (.beforeRemoveSandbox, .afterRemoveSandbox)
        case .resolveImage: (.beforeResolveImage, .afterResolveImage)
        case .startContainer: (.beforeStartContainer, .afterStartContainer)
        case .stopContainer: (.beforeStopContainer, .afterStopContainer)
        case .killContainer: (.beforeKillContainer, .afterKillContainer)
        case .runHook: (.beforeRunHook, .afterRunHook)
        case .resizeCgroups: (.beforeResizeCgroups, .afterResizeCgroups)
        case .forget: (.beforeForget, .afterForget)
        case .cancelImage, .cancelHook, .setTimer, .cancelTimer, .record: nil
        }
    }
}
