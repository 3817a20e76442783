import PodModel
import Testing

@testable import podrun

/// `debug --copy-to`: what of a pod is in its copy.
@Suite struct DebugCopyTests {
    private var original: Pod {
        var pod = Pod()
        pod.metadata.name = "web"
        pod.metadata.namespace = "x"
        pod.metadata.uid = "u"
        pod.metadata.labels = ["app": "web"]
        pod.metadata.annotations = ["note": "1"]
        pod.spec.nodeName = "here"
        pod.spec.initContainers = [Container(name: "init", image: "i")]
        pod.spec.containers = [
            Container(name: "app", image: "a", command: ["serve"], args: ["-v"], livenessProbe: Probe()),
            Container(name: "side", image: "s"),
        ]
        pod.spec.ephemeralContainers = [EphemeralContainer(name: "old", image: "e")]
        return pod
    }

    @Test func anotherContainer() {
        let debugger = EphemeralContainer(name: "debug", image: "b", command: ["sh"], stdin: true, tty: true)
        let pod = DebugCopy(name: "try").pod(from: original, debugger: debugger, profile: .general)
        #expect(pod.metadata == ObjectMeta(name: "try", namespace: "x"))
        #expect(pod.spec.nodeName.isEmpty && pod.spec.ephemeralContainers.isEmpty)
        #expect(pod.spec.shareProcessNamespace == true)
        #expect(pod.spec.initContainers.map(\.name) == ["init"])
        #expect(pod.spec.containers.map(\.name) == ["app", "side", "debug"])
        #expect(pod.spec.containers[0].livenessProbe == nil && pod.spec.containers[0].securityContext == nil)
        #expect(pod.spec.containers[2].securityContext?.capabilities == Capabilities(add: ["SYS_PTRACE"]))
        #expect(pod.spec.containers[2].stdin && pod.spec.containers[2].tty)
    }

    @Test func oneOfItsContainersChanged() {
        var copy = DebugCopy(name: "try")
        copy.sharesProcesses = false
        copy.keepsLabels = true
        copy.keepsAnnotations = true
        copy.keepsLiveness = true
        copy.keepsInitContainers = false
        let debugger = EphemeralContainer(name: "app", image: "", command: ["sh"])
        let pod = copy.pod(from: original, debugger: debugger, profile: .restricted)
        #expect(pod.metadata.labels == ["app": "web"] && pod.metadata.annotations == ["note": "1"])
        #expect(pod.spec.shareProcessNamespace == false && pod.spec.initContainers.isEmpty)
        let app = pod.spec.containers[0]
        #expect(app.image == "a" && app.command == ["sh"] && app.args.isEmpty && app.livenessProbe != nil)
        #expect(app.securityContext?.runAsNonRoot == true && app.securityContext?.capabilities?.drop == ["ALL"])
    }

    @Test func imagesOnly() {
        var copy = DebugCopy(name: "try")
        copy.images = ["*": "new", "side": "other"]
        let pod = copy.pod(from: original, debugger: nil, profile: .general)
        #expect(pod.spec.containers.map(\.image) == ["new", "other"])
        #expect(pod.spec.shareProcessNamespace == nil)
    }
}
