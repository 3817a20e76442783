import PodModel
import PodRuntime

extension Verbs {
    /// Writes each pod with other resources; the agent resizes what runs.
    func setResources(_ options: SetResourcesOptions) throws -> Int32 {
        let told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        return try change(options.pods, told, "resource requirements updated") { spec throws(CommandFailure) in
            guard options.change(&spec) else {
                throw CommandFailure("unable to find container named \(options.container ?? "*")")
            }
        } unchanged: {
            Console.warn("info: pods/\($0) was not changed")
        }
    }

    /// Writes each pod with other images; the agent restarts the containers.
    func setImage(_ options: SetImageOptions) throws -> Int32 {
        let told = ChangedObjects(self, dryRun: options.dryRun, format: options.format)
        return try change(options.pods, told, "image updated", options.change)
    }

    /// - Parameters:
    ///   - done: what is said of a pod that was changed.
    ///   - unchanged: told the name of a pod that is as it should be.
    private func change(
        _ selection: PodSelection, _ told: ChangedObjects, _ done: String,
        _ change: (inout PodSpec) throws(CommandFailure) -> Void, unchanged: (String) -> Void = { _ in }
    ) throws -> Int32 {
        var failures: [String] = []
        var told = told
        func changed(_ object: ListedObject) throws -> ListedObject {
            guard case .pod(var pod) = object else { return object }
            try change(&pod.spec)
            return .pod(pod)
        }
        for pod in try pods(selection) {
            do {
                guard try changed(.pod(pod)) != .pod(pod) else {
                    unchanged(pod.metadata.name)
                    continue
                }
                let after =
                    try told.dryRun == .client
                    ? changed(.pod(pod))
                    : ObjectUpdate(verbs: self, isDryRun: told.dryRun != nil).apply(to: .pod(pod), changed).after
                try told.tell(after, done)
            } catch let failure as CommandFailure {
                failures.append(failure.message)
            }
        }
        guard failures.isEmpty else { throw CommandFailure(failures.joined(separator: "\n")) }
        return 0
    }

    private func pods(_ selection: PodSelection) throws -> [Pod] {
        let answer =
            switch selection.target {
            case .names(let names): try fetch(namespace: selection.namespace, names: names)
            case .selected(let labels): try fetch(namespace: selection.namespace, names: [], labels: labels)
            case .all: try fetch(namespace: selection.namespace, names: [])
            }
        if let failure = answer.failure { throw failure }
        if answer.pods.isEmpty { reportNothing(in: selection.namespace) }
        return answer.pods
    }
}
