import Glibc
import PodModel

/// A child program that failed, in words for people and in the kubelet's reasons.
package struct StartFailure: Error, CustomStringConvertible, Sendable, Equatable {
    /// What went wrong, without the pod's and container's names.
    package var message: String
    /// StartError, the terminated state's reason that containerd reports for a process that never ran; or the kubelet's
    /// CreateContainerConfigError for what it finds wrong before it asks the runtime, and tries again.
    package var reason = "StartError"
    /// What the message keeps from the pod's user, because it could tell of the host; for the agent's log.
    package var detail: String?

    package var description: String { message }

    /// `opIndex` nil: refused or failed before anything was cloned (PODRUN_FAILED_BEFORE_CLONE). `container`: whose
    /// program it is, if it is a container's own.
    package init(program: ChildProgram, opIndex: Int?, errno error: Int32, container: Container? = nil) {
        guard let opIndex, program.ops.indices.contains(opIndex) else {
            message = StartFailure.beforeClone(error)
            return
        }
        let phrase =
            StartFailure.phrase(ofVariables: program.ops[opIndex], container) ?? program.describe(opIndex: opIndex)
        switch (program.ops[opIndex], error) {
        case (_, ECANCELED):
            message = "\(phrase): the process was killed"
        case (_, EBADMSG):
            message = "\(phrase): the keeper refused step \(opIndex) of the child program"
        case (.execute(_, _, let searchPath), ENOENT) where !searchPath.isEmpty:
            message = "\(phrase): executable file not found in $PATH"
        case (.execute, ELIBACC):
            message = "\(phrase): its interpreter: \(errorText(ENOENT))"
        case (.mount(_, let target, _, _, _, true), ENOTDIR), (.mount(_, let target, _, _, _, true), ELOOP),
            (.openDirectory(_, let target, _, true), ENOTDIR), (.openDirectory(_, let target, _, true), ELOOP):
            message = "\(phrase): \(quoted(target)) must be an ordinary directory in the image"
        case (.attach, EPERM):
            message = "\(phrase): in the image that is a link into /proc or /sys, where no volume can be"
        case (.openTreeBeneath(_, _, _, _, _, let volumeMount), _):
            reason = "CreateContainerConfigError"
            message = "failed to prepare subPath for \(volumeMount)"
            detail = "\(phrase): \(errorText(error))"
        case (.writeFile(AppArmorChoice.file, let bytes, _, _), ENOENT):
            reason = "CreateContainerError"
            message = AppArmorChoice.missing(
                profile: String(decoding: bytes.dropFirst("exec ".utf8.count), as: UTF8.self))
        case (.mapIDs, EINVAL):
            message = "\(phrase): its file system has no id-mapped mounts, which hostUsers: false needs"
        case (.setNamespaces, ESRCH):
            message = "\(phrase): the process that holds them is gone"
        default:
            message = "\(phrase): \(errorText(error))"
        }
    }

    /// A command that is made of variables is shown as the pod has it: their values may be secrets.
    private static func phrase(ofVariables op: ChildOp, _ container: Container?) -> String? {
        guard case .execute(let arguments, _, _) = op, let container else { return nil }
        let words = container.command + container.args
        // Fewer words than arguments: the first is of the image.
        guard let first = words.first, first.contains("$("), words.count == arguments.count else { return nil }
        return "exec: \(quoted(first))"
    }

    private static func beforeClone(_ error: Int32) -> String {
        switch error {
        case EBADMSG: return "start the process: the keeper refused the child program"
        case EAGAIN: return "start the process: no more processes: a pids limit is reached"
        case ENOSPC: return "start the process: a limit on namespaces is reached"
        default: return "start the process: \(errorText(error))"
        }
    }
}
