import PodModel
import PodRuntime

extension Verbs {
    /// Writes each pod with other resources; the agent resizes what runs.
    func setResources(_ options: SetResourcesOptions) throws -> Int32 {
        var failures: [String] = []
        var told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        for pod in try pods(options) {
            do {
                try setResources(of: pod, options, &told)
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

    private func setResources(of pod: Pod, _ options: SetResourcesOptions, _ told: inout ChangedObjects) throws {
        func changed(_ object: ListedObject) throws -> ListedObject {
            guard case .pod(var pod) = object, options.change(&pod.spec) else {
                throw CommandFailure("unable to find container named \(options.container ?? "*")")
            }
            return .pod(pod)
        }
        if try changed(.pod(pod)) == .pod(pod) {
            return Console.warn("info: pods/\(pod.metadata.name) was not changed")
        }
        let after =
            try options.dryRun == .client
            ? changed(.pod(pod))
            : ObjectUpdate(verbs: self, isDryRun: options.dryRun != nil).apply(to: .pod(pod), changed).after
        try told.tell(after, "resource requirements updated")
    }
}
