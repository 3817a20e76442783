import PodLinux
import PodModel
import PodPlanning

/// Takes a sandbox down without blocking the loop. Works with whatever part of it exists, and again after a crash.
///
///     cgroup.kill -> keeper shuts down, reaps, exits -> ports, cgroups -> veth gone -> address free -> done
@MainActor
final class SandboxRemoval {
    private let runner: PodRunner
    private let completion: () -> Void
    private var host: Host { runner.host }
    private var cgroup: String { CgroupPlan.podPath(runner.pod) }
    private var uid: String { runner.pod.metadata.uid }

    init(runner: PodRunner, completion: @escaping () -> Void) {
        self.runner = runner
        self.completion = completion
    }

    func start() {
        host.cgroups.kill(cgroup)
        guard let sandbox = runner.sandbox, sandbox.keeper.raw >= 0 else { return keeperEnded() }
        sandbox.removal = self
        // One that is not watched would end unheard.
        guard sandbox.registration != nil else { return runner.keeperClosed(sandbox) }
        do {
            try sandbox.keeper.shutdown()
        } catch {
            log(error)
            runner.keeperClosed(sandbox)
        }
    }

    /// The keeper has reaped everything, so no process is left. A killed keeper's children are init's: the cgroup tells
    /// when the last of them is gone.
    func keeperEnded() {
        runner.sandbox?.removal = nil
        runner.sandbox = nil
        host.cgroups.kill(cgroup)
        host.cgroups.whenEmpty(cgroup, loop: host.loop) { [self] in processesEnded() }
    }

    private func processesEnded() {
        if runner.pod.spec.hostNetwork { return linkGone() }
        do {
            try host.network.detach(podUID: uid) { [self] in linkGone() }
        } catch {
            log(error)
            linkGone()
        }
    }

    /// Cgroups that can't be removed are tried again so many times, and so often, seconds: nobody else would.
    private static let (retries, retryDelay) = (3, 1.0)

    private func linkGone(retries: Int = SandboxRemoval.retries) {
        do {
            try host.cgroups.remove(cgroup)
        } catch {
            log(error)
            if retries > 0 {
                host.loop.schedule(at: Clock.monotonic().advanced(bySeconds: Self.retryDelay)) { [self] in
                    linkGone(retries: retries - 1)
                }
                return
            }
        }
        runner.removeSharedMounts()
        runner.removeMemoryFiles()
        completion()
    }

    private func log(_ error: any Error) {
        host.log("pod \"\(runner.pod.metadata.name)\": \(error)")
    }
}
