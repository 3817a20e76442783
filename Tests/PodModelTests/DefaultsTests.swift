import PodModel
import Testing

struct DefaultsTests {
    private func pod(_ spec: String) throws -> Pod {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: \(spec)\n"
        guard case .pod(let manifest)? = try Manifest.read(Array(text.utf8), file: "f").first else { return Pod() }
        return manifest.pod.withDefaults()
    }

    @Test func podAndContainer() throws {
        let pod = try pod("{containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}")
        #expect(pod.metadata.namespace == "default")
        #expect(pod.spec.restartPolicy == "Always")
        #expect(pod.spec.dnsPolicy == "ClusterFirst")
        #expect(pod.spec.terminationGracePeriodSeconds == 30)
        #expect(pod.spec.containers[0].imagePullPolicy == "Always")
        #expect(pod.spec.containers[0].terminationMessagePath == "/dev/termination-log")
        #expect(pod.spec.containers[0].ports[0].protocol == "TCP")
        #expect(pod.qosClass == .bestEffort)
        #expect(PodValidation.errors(in: pod).isEmpty)
        #expect(pod.withDefaults() == pod)
    }

    @Test(arguments: [
        ("{limits: {cpu: 1, memory: 64Mi}}", QoSClass.guaranteed), ("{limits: {cpu: 1}}", .burstable),
        ("{requests: {memory: 64Mi}}", .burstable), ("{limits: {cpu: 0}}", .bestEffort),
        ("{limits: {cpu: 1, memory: 64Mi}, requests: {cpu: 500m}}", .burstable),
    ]) func qosClass(resources: String, expected: QoSClass) throws {
        #expect(try pod("{containers: [{name: c, image: b, resources: \(resources)}]}").qosClass == expected)
    }

    @Test func limitsAreRequestsToo() throws {
        let resources = try pod("{containers: [{name: c, image: b:1, resources: {limits: {cpu: 0.1m}}}]}").spec
            .containers[0]
            .resources
        #expect(resources.requests["cpu"]?.text == "1m")
    }

    /// Of the pod as a whole: what containers request, else the limit.
    @Test(arguments: [
        ("{limits: {cpu: 2, memory: 1Gi}}", "{}", ["cpu": "2", "memory": "1Gi"]),
        ("{limits: {cpu: 2, memory: 1Gi}}", "{requests: {cpu: 300m}}", ["cpu": "300m", "memory": "1Gi"]),
        (
            "{limits: {cpu: 2}, requests: {cpu: 1}}", "{requests: {cpu: 300m, memory: 1Mi}}",
            ["cpu": "1", "memory": "1Mi"]
        ),
        ("{limits: {cpu: 2}}", "{limits: {hugepages-2Mi: 4Mi}}", ["cpu": "2", "hugepages-2Mi": "4Mi"]),
        ("{requests: {memory: 1Gi}}", "{requests: {cpu: 1}}", ["memory": "1Gi"]),
    ]) func requestsOfThePod(whole: String, part: String, expected: [String: String]) throws {
        let pod = try pod("{resources: \(whole), containers: [{name: c, image: b, resources: \(part)}]}")
        #expect(pod.spec.resources?.requests.mapValues(\.text) == expected)
        #expect(pod.spec.resources?.limits["hugepages-2Mi"] == pod.spec.containers[0].resources.limits["hugepages-2Mi"])
        #expect(pod.withDefaults() == pod)
    }

    @Test(arguments: [
        ("{limits: {cpu: 2, memory: 1Gi}}", QoSClass.guaranteed), ("{limits: {cpu: 2}}", .burstable),
        ("{requests: {memory: 1Gi}}", .burstable), ("{limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 1}}", .burstable),
    ]) func qosClassOfTheWhole(whole: String, expected: QoSClass) throws {
        #expect(try pod("{resources: \(whole), containers: [{name: c, image: b}]}").qosClass == expected)
    }

    @Test func errorsHavePlaces() throws {
        let text =
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  dnsPolicy: x\n  containers: [{name: c, image: b}]\n"
        guard case .pod(let manifest)? = try Manifest.read(Array(text.utf8), file: "f.yaml").first else { return }
        let error = try #require(PodValidation.errors(in: manifest.pod.withDefaults()).first)
        #expect(manifest.source.text(of: error).hasPrefix("f.yaml:6:3: spec.dnsPolicy: Unsupported value: \"x\""))
    }

    /// The tutorials' pods that can run so far.
    @Test(arguments: [
        "adapter", "adapter-metrics", "ambassador-proxy", "counter-and-redis", "env-pod", "sidecar-logs", "simple-web",
        "simple-web-resources",
    ]) func corpusIsAccepted(name: String) throws {
        let objects = try Manifest.read(Fixture.bytes("corpus/\(name).yaml"), file: name)
        #expect(!objects.isEmpty)
        for object in objects {
            guard case .pod(let manifest) = object else { continue }
            #expect(PodValidation.errors(in: manifest.pod.withDefaults()).map(\.text) == [])
        }
    }

    /// `get -o yaml` of several pods gives a List, and what it gives can be applied.
    @Test func aListIsItsItems() throws {
        let item = "{apiVersion: v1, kind: Pod, metadata: {name: NAME}, spec: {containers: []}}"
        let items = ["a", "b"].map { item.replacing("NAME", with: $0) }.joined(separator: ",\n  ")
        let text = "apiVersion: v1\nkind: List\nitems: [\n  \(items)]\n---\n\(item)\n"
        let objects = try Manifest.read(Array(text.utf8), file: "f")
        let names = objects.map { object in
            guard case .pod(let manifest) = object else { return "" }
            return "\(manifest.pod.metadata.name):\(manifest.source.position(of: "metadata.name").line)"
        }
        #expect(names == ["a:4", "b:5", "NAME:7"])
        #expect(throws: ManifestError.self) {
            try Manifest.read(Array("apiVersion: v1\nkind: List\nitems: {a: b}\n".utf8), file: "f")
        }
        #expect(try Manifest.read(Array("apiVersion: v1\nkind: List\nitems: []\n".utf8), file: "f").isEmpty)
    }
}
