import PodLinux
import PodModel
import PodPlanning

/// Decides whether a pod may be made on this host: name, resources, host ports.
@MainActor
struct Admission {
    enum Decision {
        case unchanged(PodRunner)
        case change(PodRunner, PodObject, warnings: [PodEvent])
        case create(PodObject, warnings: [PodEvent])
    }

    let agent: Agent
    var pod: Pod
    /// apply, create (it must be new) or replace (it must be there).
    let verb: ControlRequest.Verb
    let withoutEnforcement: Bool

    mutating func decide() throws(RequestError) -> Decision {
        let explicitPullPolicies =
            (pod.spec.initContainers + pod.spec.containers).filter { !$0.imagePullPolicy.isEmpty }.map(\.name)
            + pod.spec.volumes.filter { $0.image?.pullPolicy.isEmpty == false }.map {
                PodObject.policyKey(volume: $0.name)
            }
        pod = pod.withDefaults()
        try validate()
        if let existing = agent.list(namespace: pod.metadata.namespace, names: [pod.metadata.name]).first {
            return try change(existing, explicitPullPolicies)
        }
        if verb == .replace { throw .notFound(.pod, pod.metadata.name) }
        if pod.spec.hostUsers == false, let problem = UserNamespace.problem() {
            throw RequestError("pod \"\(pod.metadata.name)\": hostUsers: false \(problem)", reason: "Forbidden")
        }
        var warnings = try checkLimits(withoutEnforcement)
        if let warning = pullSecretWarning { warnings.append(warning) }
        try checkHostPorts()
        pod.metadata.uid = PodUID.random()
        pod.metadata.creationTimestamp = agent.host.now().wall
        pod.metadata.generation = 1
        pod.metadata.resourceVersion = "1"
        pod.spec.nodeName = agent.host.node.hostName
        return .create(
            PodObject(pod: pod, withoutEnforcement: withoutEnforcement, explicitPullPolicies: explicitPullPolicies),
            warnings: warnings)
    }

    private func validate() throws(RequestError) {
        let errors = PodValidation.errors(in: pod)
        guard errors.isEmpty else { throw .invalid(.pod, pod.metadata.name, errors) }
    }

    private func change(_ runner: PodRunner, _ explicitPullPolicies: [String]) throws(RequestError) -> Decision {
        let name = pod.metadata.name
        if verb == .create { throw RequestError("pods \"\(name)\" already exists", reason: "AlreadyExists") }
        if runner.machine.deletionTimestamp != nil {
            throw RequestError(
                "pods \"\(name)\" is being deleted; apply it again when it is gone", reason: "Conflict")
        }
        switch PodChange(pod, explicitPullPolicies: explicitPullPolicies, existing: runner.pod) {
        case .none: return .unchanged(runner)
        case .conflict(let text): throw RequestError(text, reason: "Conflict")
        case .invalid(let errors): throw .invalid(.pod, name, errors)
        case .configured(let pod):
            let object = PodObject(
                pod: pod, withoutEnforcement: withoutEnforcement || runner.object.withoutEnforcement,
                // Pull policies don't change, so neither does who chose them: what is written may be the pod as it was read.
                explicitPullPolicies: runner.object.explicitPullPolicies)
            return .change(
                runner, object, warnings: pod.spec == runner.pod.spec ? [] : try checkLimits(object.withoutEnforcement))
        }
    }

    /// - Returns: what of the pod's limits can't be kept on this host.
    private func checkLimits(_ withoutEnforcement: Bool) throws(RequestError) -> [PodEvent] {
        let support = agent.host.node.cgroup
        guard support.root != nil else {
            throw RequestError(
                "pod \"\(pod.metadata.name)\": this host has no cgroup v2, which podrun needs to end pods for certain: "
                    + "mount it (mount -t cgroup2 none /sys/fs/cgroup/unified) or boot with "
                    + "systemd.unified_cgroup_hierarchy=1", reason: "Forbidden")
        }
        guard let refusal = CgroupPlan.enforcementError(for: pod, on: support) else { return [] }
        guard withoutEnforcement else { throw RequestError(refusal, reason: "Forbidden") }
        let missing = CgroupPlan.missingControllers(for: pod, on: support)
        return [
            PodEvent(
                type: "Warning", reason: "ResourcesNotEnforced",
                message: "Limits are not enforced: this host has no cgroup v2 controller "
                    + missing.joined(separator: ", "))
        ]
    }

    /// The kubelet's words for pull secrets that it can't find, and like it go on without.
    private var pullSecretWarning: PodEvent? {
        let configuration = agent.host.objects.configuration(namespace: pod.metadata.namespace)
        let names = PullSecret.all(of: pod, in: configuration).missing
        if names.isEmpty { return nil }
        return PodEvent(
            type: "Warning", reason: "FailedToRetrieveImagePullSecret",
            message: "Unable to retrieve some image pull secrets (\(names.joined(separator: ", "))); "
                + "attempting to pull the image may not succeed.")
    }

    private func checkHostPorts() throws(RequestError) {
        let wanted = HostPort.all(in: pod)
        for port in wanted {
            for other in agent.pods.values where !other.machine.isFinished {
                if HostPort.all(in: other.pod).contains(where: { $0.conflicts(with: port) }) {
                    throw RequestError(
                        "pod \"\(pod.metadata.name)\": host port \(port.text) is in use by pod "
                            + "\"\(other.pod.metadata.namespace)/\(other.pod.metadata.name)\"", reason: "Conflict")
                }
            }
            if (try? PodNetwork.isTaken(port)) == true {
                throw RequestError(
                    "pod \"\(pod.metadata.name)\": host port \(port.text) is in use by a process of the host; "
                        + "find it with: ss -lnp 'sport = :\(port.hostPort)'", reason: "Conflict")
            }
        }
    }
}
