import PodLinux
import PodModel
import PodPlanning

/// What an agent holds of a pod's sandbox: the connection to its keeper and the descriptors behind the processes.
/// Nothing of it is state; adoption makes all of it again.
@MainActor
final class Sandbox {
    /// A container's process, from the request to its exit.
    struct RunningContainer {
        let name: String
        /// To say which step failed; nil for an adopted process, which is past its start.
        let program: ChildProgram?
        var pidfd: DescriptorBox?
        /// nil where the host has no cgroup v2.
        let cgroup: DescriptorBox?
        let cgroupPath: String
    }

    /// A start up to what needs the sandbox.
    struct PreparedContainer {
        let plan: ContainerPlan
        /// The objects that its environment is made from; nil when it refers to none.
        let configuration: PodConfiguration?
        /// The image that the plan is of: a pull may bring another one before the start.
        let imageID: String?
        /// nil where the host has no cgroup v2.
        let cgroup: DescriptorBox?
        /// The plan's program as the keeper takes it.
        let program: [UInt8]
    }

    /// The descriptors that a program's slots can name.
    struct Resources {
        var containerPidfd: DescriptorBox?
        var cgroup: DescriptorBox?
        var userNamespace: DescriptorBox?
        var stdin: DescriptorBox?
        var stdout: DescriptorBox?
        var stderr: DescriptorBox?
        /// For the `sharedMount` slots, in their order.
        var sharedMounts: [DescriptorBox] = []
    }

    let keeper: KeeperConnection
    var address: IPv4Address
    var registration: EventLoop.Registration?
    var pausePidfd: DescriptorBox?
    /// 0 until it runs.
    var pauseID: Int32 = 0
    var pauseProgram: ChildProgram?
    /// Asked for and not answered yet, in order.
    var awaitedTmpfs: [TmpfsPlan] = []
    var hasNetwork = false
    /// By container name, until the start.
    var prepared: [String: PreparedContainer] = [:]
    var containers: [UInt64: RunningContainer] = [:]
    /// The removal that waits for the keeper's end.
    var removal: SandboxRemoval?
    /// Called when the keeper has named every live process (adoption).
    var onReady: () -> Void = {}

    init(keeper: KeeperConnection, address: IPv4Address = IPv4Address(rawValue: 0)) {
        self.keeper = keeper
        self.address = address
    }

    /// Sends a program with its descriptors to the keeper. `encoded`: the program's bytes with its filter.
    func run(
        _ process: UInt64, _ program: ChildProgram, encoded: [UInt8], executable: Int32 = -1, resources: Resources,
        stdio: KeeperStdio, isTraced: Bool = false
    ) throws {
        var sharedMounts = resources.sharedMounts[...]
        let slots = try program.passedSlots.map { slot in
            let descriptor: Int32? =
                switch slot {
                case .pausePidfd: pausePidfd?.raw
                case .containerPidfd: resources.containerPidfd?.raw
                case .cgroup: resources.cgroup?.raw
                case .userNamespace: resources.userNamespace?.raw
                case .pauseExecutable, .copierExecutable: executable
                case .stdin: resources.stdin?.raw
                case .stdout: resources.stdout?.raw
                case .stderr: resources.stderr?.raw
                case .sharedMount: sharedMounts.popFirst()?.raw
                }
            guard let descriptor, descriptor >= 0 else {
                throw AgentError("the pod's \(slot.rawValue) is gone")
            }
            return descriptor
        }
        try keeper.run(id: process, program: encoded, slots: slots, stdio: stdio, isTraced: isTraced)
    }
}
