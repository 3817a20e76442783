import PodModel
import PodRuntime

extension Verbs {
    /// Writes each pod with other resources; the agent resizes what runs.
    func setResources(_ options: SetResourcesOptions) throws -> Int32 {
        var failures: [String] = []
        for pod in try pods(options) {
            do {
                try setResources(of: pod, options)
            } catch let failure as CommandFailure {
                failures.append(failure.message)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    private func pods(_ options: SetResourcesOptions) throws -> [Pod] {
        let answer =
            switch options.target {
            case .names(let names): try fetch(namespace: options.namespace, names: names)
            case .selected(let labels): try fetch(namespace: options.namespace, names: [], labels: labels)
            case .all: try fetch(namespace: options.namespace, names: [])
            }
        if let failure = answer.failure { throw failure }
        if answer.pods.isEmpty { reportNothing(in: options.namespace) }
        return answer.pods
    }

    private func setResources(of pod: Pod, _ options: SetResourcesOptions) throws {
        var changed = pod
        guard options.change(&changed.spec) else {
            throw CommandFailure("unable to find container named \(options.container ?? "*")")
        }
        if changed == pod { return Console.warn("info: pods/\(pod.metadata.name) was not changed") }
        let done = "pod/\(pod.metadata.name) resource requirements updated"
        if options.dryRun == .client { return try Console.print("\(done)\(DryRun.client.note)\n") }
        let session = try client.send(
            ControlRequest(
                verb: .replace, namespace: pod.metadata.namespace, pod: changed, isDryRun: options.dryRun != nil,
                wait: false))
        while true {
            let reply = try session.receive().reply
            switch reply.kind {
            case .done: return
            case .result: try Console.print("\(done)\(options.dryRun?.note ?? "")\n")
            case .warning: Console.warn("Warning: \(reply.message)")
            case .error: throw CommandFailure(reply)
            default: break
            }
        }
    }
}
