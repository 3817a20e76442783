import Glibc
import PodLinux
import PodModel
import PodPlanning

/// PersistentVolumeClaims of a pod: their directories, and fsGroup in them.
extension PodRunner {
    var usesClaims: Bool { pod.spec.volumes.contains { $0.persistentVolumeClaim != nil } }

    /// Makes what a bound claim has not got yet.
    ///
    /// - Returns: the claims whose contents have to be given to the pod's group first.
    /// - Throws: the kubelet's FailedMount text.
    func setUpClaims() throws(AgentError) -> [ClaimPlan] {
        var unowned: [ClaimPlan] = []
        for plan in ClaimPlan.all(in: pod, paths: host.paths) {
            let claim = host.objects.claim(namespace: plan.namespace, name: plan.claimName)
            let others = isClaimUsedByOthers(plan.claimName)
            if let refusal = plan.refusal(of: claim, isUsedByOthers: others) { throw AgentError(refusal) }
            do throws(SyscallError) {
                if access(plan.path, F_OK) != 0 { try Directory.make(plan.path, mode: ClaimPlan.mode) }
                guard let group = plan.group else { continue }
                if plan.looksAtRootOnly, try TreeOwnership.isDone(plan.path, group: group) { continue }
                unowned.append(plan)
            } catch {
                throw AgentError(plan.failure("\(error)"))
            }
        }
        return unowned
    }

    /// One worker after the other: a claim may hold millions of files, and the loop waits for none.
    func giveToGroup(_ plans: [ClaimPlan], then: @escaping (AgentError?) -> Void) {
        guard let plan = plans.first, let group = plan.group else { return then(nil) }
        var message = ""
        do {
            _ = try WorkerProcess(
                ["own", "\(group)", plan.path], loop: host.loop,
                onLine: { message = String(decoding: $0, as: UTF8.self) },
                onEnd: { [weak self] code in
                    if code != 0 { return then(AgentError(plan.failure("applyFSGroup failed: \(message)"))) }
                    self?.giveToGroup(Array(plans.dropFirst()), then: then)
                })
        } catch {
            then(AgentError(plan.failure("applyFSGroup failed: \(error)")))
        }
    }
}

/// The process `podrun worker own`.
package enum OwnershipWorker {
    /// - Returns: the exit code; why it is not 0 is a line on standard output.
    package static func run(group: UInt32, _ path: String) -> Int32 {
        do throws(SyscallError) {
            try TreeOwnership.give(path, to: group)
            return 0
        } catch {
            let line = Array("\(error)\n".utf8)
            _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            return 1
        }
    }
}
