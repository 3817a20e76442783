import Glibc
import PodLinux
import PodPlanning

/// Carries out what a hostPath volume asks of the host before its pod's first container starts
/// (pkg/volume/hostpath/host_path.go). Errors are the kubelet's FailedMount texts.
struct HostPathVolume {
    private let plan: HostPathPlan

    init(_ plan: HostPathPlan) {
        self.plan = plan
    }

    /// Throws when what is at the path is not what the volume's type wants; changes nothing.
    func verify() throws(AgentError) {
        if case .refuse(let text) = plan.action(found: try found()) { throw failure(text) }
    }

    /// Makes the path where nothing is and the type allows it; ``verify()`` comes first.
    func make() throws(AgentError) {
        let action = plan.action(found: try found())
        do throws(SyscallError) {
            switch action {
            case .use, .refuse: return
            case .makeDirectory: try Directory.make(plan.path, mode: 0o755)
            case .makeFile:
                let file = try Descriptor.open(plan.path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
                let fd = file.raw
                // The agent's umask is narrower.
                try check("chmod", plan.path) { fchmod(fd, 0o644) }
            }
        } catch {
            throw failure("\(error)")
        }
    }

    private func found() throws(AgentError) -> HostPathPlan.Found {
        var status = stat()
        do throws(SyscallError) {
            guard try check("stat", plan.path, unless: ENOENT, body: { stat(plan.path, &status) }) != nil else {
                return .nothing
            }
        } catch {
            throw failure("\(error)")
        }
        return switch status.st_mode & S_IFMT {
        case S_IFDIR: .directory
        case S_IFREG: .file
        case S_IFSOCK: .socket
        case S_IFCHR: .characterDevice
        case S_IFBLK: .blockDevice
        default: .other
        }
    }

    private func failure(_ cause: String) -> AgentError {
        AgentError("MountVolume.SetUp failed for volume \"\(plan.volume)\" : \(cause)")
    }
}
