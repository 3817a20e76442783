import PodModel
import Testing

/// Containers that are added to a pod that is there: validateEphemeralContainers, and their defaults.
@Suite struct EphemeralContainerTests {
    private func pod(_ containers: EphemeralContainer...) -> Pod {
        var pod = Pod()
        pod.metadata.name = "p"
        pod.spec.initContainers = [Container(name: "first", image: "busybox:1")]
        pod.spec.containers = [Container(name: "app", image: "busybox:1")]
        pod.spec.ephemeralContainers = containers
        return pod.withDefaults()
    }

    private func errors(_ containers: EphemeralContainer...) -> [String] {
        var pod = pod()
        pod.spec.ephemeralContainers = containers
        return PodValidation.errors(in: pod.withDefaults(), mayHaveEphemeralContainers: true).map(\.text)
    }

    @Test func defaults() throws {
        let container = try #require(
            pod(EphemeralContainer(name: "debug", image: "busybox")).spec.ephemeralContainers.first)
        #expect(container.imagePullPolicy == "Always")
        #expect(container.terminationMessagePath == "/dev/termination-log")
        #expect(container.terminationMessagePolicy == "File")
    }

    @Test func whatIsRight() {
        #expect(errors(EphemeralContainer(name: "a", image: "b", targetContainerName: "app")).isEmpty)
        #expect(
            errors(
                EphemeralContainer(name: "a", image: "b", targetContainerName: "first"),
                EphemeralContainer(name: "c", image: "b", stdin: true, tty: true)
            ).isEmpty)
    }

    @Test func namesAndTargets() {
        let path = "spec.ephemeralContainers"
        #expect(
            errors(EphemeralContainer(name: "app", image: "b"), EphemeralContainer(name: "first", image: "b"))
                == ["\(path)[0].name: Duplicate value: \"app\"", "\(path)[1].name: Duplicate value: \"first\""])
        #expect(
            errors(
                EphemeralContainer(name: "a", image: "b"),
                EphemeralContainer(name: "c", image: "b", targetContainerName: "a"))
                == ["\(path)[1].targetContainerName: Not found: \"a\""])
        #expect(
            errors(EphemeralContainer(name: "", image: ""))
                == ["\(path)[0].name: Required value", "\(path)[0].image: Required value"])
    }

    @Test func whatOnlyWorkersHave() {
        var container = EphemeralContainer(name: "a", image: "b")
        container.ports = [ContainerPort(containerPort: 80, protocol: "TCP")]
        container.resources.limits = ["cpu": Quantity(milliValue: 100)]
        container.lifecycle = Lifecycle()
        let words = "Forbidden: cannot be set for an Ephemeral Container"
        let path = "spec.ephemeralContainers[0]"
        #expect(
            errors(container) == [
                "\(path).ports: \(words)", "\(path).resources: \(words)", "\(path).lifecycle: \(words)",
            ])
    }

    @Test func aNewPodHasNone() {
        #expect(
            PodValidation.errors(in: pod(EphemeralContainer(name: "a", image: "b"))).map(\.text)
                == ["spec.ephemeralContainers: Forbidden: cannot be set on create"])
    }
}
