import Glibc
import PodLinux
import PodPlanning

/// Starts the pods' keepers, one of them ahead: a keeper's start needs nothing of its pod.
///
///     refill:  spare-keeper/ --> keeper started there, connected
///     keeper:  spare-keeper/ renamed to pods/<uid>/keeper/, or a keeper started there
///
/// A spare ends with its connection, so none is left when the agent ends, however it ends.
@MainActor
final class Keepers {
    private let paths: HostPaths
    private let programs: EmbeddedPrograms
    private let cgroups: CgroupTree
    private let loop: EventLoop
    private var spare: (process: KeeperProcess, connection: KeeperConnection)?
    private var refillTimer: TimerID?

    init(paths: HostPaths, programs: EmbeddedPrograms, cgroups: CgroupTree, loop: EventLoop) {
        self.paths = paths
        self.programs = programs
        self.cgroups = cgroups
        self.loop = loop
    }

    /// The keeper for a pod that has none.
    func keeper(of uid: String) throws -> KeeperConnection {
        let directory = paths.keeperDirectory(uid)
        // An earlier sandbox's; what its records said is in the pod's state.
        try TreeRemoval.remove(directory)
        if let spare {
            self.spare = nil
            if rename(paths.spareKeeperDirectory, directory) == 0 { return spare.connection }
            spare.connection.close()
        }
        return try start(in: directory).connection
    }

    /// Starts a spare once the loop has nothing better to do.
    func refillSoon() {
        guard spare == nil, refillTimer == nil else { return }
        refillTimer = loop.schedule(at: Clock.monotonic().advanced(bySeconds: 0.002)) { [weak self] in self?.refill() }
    }

    private func refill() {
        refillTimer = nil
        do {
            let directory = paths.spareKeeperDirectory
            // One whose agent died before it connected would wait for ever.
            try? KeeperConnection.connect(in: directory).close()
            try TreeRemoval.remove(directory)
            spare = try start(in: directory)
        } catch {
            Host.write("start a spare keeper: \(error)")
        }
    }

    /// Ends a pod's keeper, and what it holds, whose connection broke; does nothing where it has ended itself.
    func end(of uid: String) {
        guard let keeper = try? KeeperConnection.connect(in: paths.keeperDirectory(uid)) else { return }
        var registration: EventLoop.Registration?
        func finish() {
            if let registration { loop.unwatch(registration) }
            keeper.close()
        }
        registration = try? loop.watch(keeper.raw, .readable) { _ in
            do {
                while let event = try keeper.receive() {
                    if case .closed = event { return finish() }
                }
            } catch {
                finish()
            }
        }
        try? keeper.shutdown()
    }

    /// Before the agent leaves.
    func close() {
        spare?.connection.close()
        spare = nil
        try? TreeRemoval.remove(paths.spareKeeperDirectory)
    }

    /// Starts a keeper outside of any pod's cgroup and of whoever started the agent, and reaps it when it ends.
    private func start(in directory: String) throws -> (process: KeeperProcess, connection: KeeperConnection) {
        try Directory.make(directory, mode: 0o700)
        try cgroups.make(CgroupPlan(path: CgroupTree.systemPath))
        let cgroup = try cgroups.open(CgroupTree.systemPath)?.take()
        let keeper = try KeeperProcess.spawn(programs: programs, directory: directory, cgroupDirectory: cgroup)
        var registration: EventLoop.Registration?
        registration = try? loop.watch(keeper.pidfd.raw, .readable) { [weak self, loop] _ in
            _ = try? keeper.reap()
            if let registration { loop.unwatch(registration) }
            self?.ended(keeper)
        }
        do {
            // It listened before it ran.
            return (keeper, try KeeperConnection.connect(in: directory))
        } catch {
            try? PidDescriptor.signal(keeper.pidfd.raw, SIGKILL)
            throw error
        }
    }

    private func ended(_ keeper: KeeperProcess) {
        guard let spare, spare.process.processID == keeper.processID else { return }
        spare.connection.close()
        self.spare = nil
    }
}
