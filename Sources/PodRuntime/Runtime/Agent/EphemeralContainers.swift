import PodLinux
import PodModel

extension PodRunner {
    /// Adds containers to a pod that is there (the API's subresource `ephemeralcontainers`). They start at once, run once and
    /// stay in the pod's spec and status.
    ///
    /// - Throws: `RequestError`; the pod is as it was then.
    func add(_ containers: [EphemeralContainer]) throws(RequestError) {
        var object = object
        object.pod.spec.ephemeralContainers += containers
        object.pod = object.pod.withDefaults()
        let errors = PodValidation.errors(in: object.pod, mayHaveEphemeralContainers: true)
        guard errors.isEmpty else { throw .invalid(.pod, pod.metadata.name, errors) }
        object.explicitPullPolicies += containers.filter { !$0.imagePullPolicy.isEmpty }.map(\.name)
        object.pod.metadata.generation += 1
        object.pod.metadata.resourceVersion = String((Int64(pod.metadata.resourceVersion) ?? 0) + 1)
        try change(to: object)
    }

    /// The process whose pid namespace a container is to be born in; nil: none but its own or the pod's.
    func targetPidfd(of name: String) throws -> DescriptorBox? {
        guard let target = pod.targetContainer(of: name) else { return nil }
        guard let process = machine.container(target)?.process, let pidfd = sandbox?.containers[process]?.pidfd else {
            throw AgentError("unable to find target container \(target)")
        }
        return pidfd
    }
}
