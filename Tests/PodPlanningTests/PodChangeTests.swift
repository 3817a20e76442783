import PodModel
import PodPlanning
import Testing

/// What may change of a pod that is there, and what the API server says of the rest.
struct PodChangeTests {
    private static func pod(_ change: (inout Pod) -> Void = { _ in }) -> Pod {
        var container = Container(name: "web", image: "nginx:1")
        container.resources.limits = ["cpu": Quantity(value: 1), "memory": Quantity(value: 1 << 30)]
        var initContainer = Container(name: "init", image: "busybox:1")
        initContainer.resources.limits = container.resources.limits
        var pod = Pod(metadata: ObjectMeta(name: "p", labels: ["a": "b"]))
        pod.spec.containers = [container]
        pod.spec.initContainers = [initContainer]
        pod.spec.activeDeadlineSeconds = 100
        pod.spec.tolerations = [Toleration(key: "k", operator: "Exists")]
        change(&pod)
        return pod.withDefaults()
    }

    private static let existing = {
        var existing = pod()
        existing.metadata.uid = "u"
        existing.metadata.generation = 1
        existing.metadata.resourceVersion = "1"
        existing.spec.nodeName = "host"
        return existing
    }()

    private static func change(_ change: (inout Pod) -> Void) -> PodChange {
        PodChange(pod(change), explicitPullPolicies: [], existing: existing)
    }

    private static func configured(_ change: (inout Pod) -> Void) throws -> Pod {
        let result = Self.change(change)
        guard case .configured(let pod) = result else { throw Refused(text: "\(result)") }
        return pod
    }

    private struct Refused: Error {
        let text: String
    }

    @Test func sameAgainIsNoChange() {
        #expect(Self.change { _ in } == .none)
        // What `get -o yaml` printed.
        #expect(PodChange(Self.existing, explicitPullPolicies: ["web", "init"], existing: Self.existing) == .none)
    }

    @Test func labelsLeaveTheGeneration() throws {
        let pod = try Self.configured { $0.metadata.labels = ["a": "c"] }
        #expect(pod.metadata.labels == ["a": "c"])
        #expect((pod.metadata.uid, pod.metadata.generation, pod.metadata.resourceVersion) == ("u", 1, "2"))
    }

    @Test func imageCounts() throws {
        let pod = try Self.configured { $0.spec.containers[0].image = "nginx" }
        #expect(pod.metadata.generation == 2)
        #expect(pod.spec.nodeName == "host")
        // The default of the new tag is not the old one's: nobody wrote it, so it stays.
        #expect(pod.spec.containers[0].imagePullPolicy == "IfNotPresent")
    }

    typealias Edit = @Sendable (inout Pod) -> Void

    static let allowedEdits: [Edit] = [
        { pod in pod.spec.initContainers[0].image = "busybox:2" },
        { pod in pod.spec.activeDeadlineSeconds = 99 },
        { pod in pod.spec.tolerations.append(Toleration(key: "l", operator: "Exists")) },
        { pod in pod.spec.tolerations[0].tolerationSeconds = 5 },
        { pod in pod.spec.containers[0].resources.limits["cpu"] = Quantity(value: 2) },
    ]

    @Test(arguments: allowedEdits)
    func allowed(_ change: Edit) throws {
        #expect(try Self.configured(change).metadata.generation == 2)
    }

    private static let start =
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
        + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),"
        + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"

    static let refusedEdits: [(Edit, [String])] = [
        (
            { $0.spec.containers.append(Container(name: "other", image: "x")) },
            ["spec.containers: Forbidden: pod updates may not add or remove containers"]
        ),
        (
            { $0.spec.activeDeadlineSeconds = 101 },
            ["spec.activeDeadlineSeconds: Invalid value: 101: must be less than or equal to previous value"]
        ),
        (
            { $0.spec.activeDeadlineSeconds = nil },
            [
                "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"
            ]
        ),
        (
            { $0.spec.tolerations = [] },
            ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"]
        ),
        (
            { $0.spec.containers[0].resources = ResourceRequirements() },
            [
                "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing",
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
                "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
            ]
        ),
        (
            { pod in
                pod.spec.restartPolicy = "Never"
                pod.spec.containers[0].command = ["a"]
            },
            [start + "+ containers[0].command: [\"a\"]\n- restartPolicy: \"Always\"\n+ restartPolicy: \"Never\""]
        ),
        (
            { $0.spec.initContainers[0].resources.limits["cpu"] = Quantity(value: 2) },
            [
                start
                    + "- initContainers[0].resources.limits.cpu: \"1\"\n+ initContainers[0].resources.limits.cpu: \"2\"\n"
                    + "- initContainers[0].resources.requests.cpu: \"1\"\n+ initContainers[0].resources.requests.cpu: \"2\""
            ]
        ),
    ]

    @Test(arguments: refusedEdits)
    func refused(_ change: Edit, _ texts: [String]) throws {
        guard case .invalid(let errors) = Self.change(change) else { throw Refused(text: "allowed") }
        #expect(errors.map(\.text) == texts)
    }

    @Test func otherVersionsAreConflicts() throws {
        guard case .conflict(let text) = Self.change({ $0.metadata.resourceVersion = "7" }) else {
            throw Refused(text: "no conflict")
        }
        #expect(text.hasPrefix("Operation cannot be fulfilled on pods \"p\": the object has been modified"))
        guard case .conflict = Self.change({ $0.metadata.uid = "other" }) else { throw Refused(text: "no conflict") }
    }
}
