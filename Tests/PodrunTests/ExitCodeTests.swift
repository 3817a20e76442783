import PodModel
import Testing

@testable import podrun

/// What `podrun run` ends with.
struct ExitCodeTests {
    private func pod(phase: String, _ codes: [String: Int32]) -> Pod {
        var pod = Pod()
        pod.spec.initContainers = [Container(name: "prepare"), Container(name: "proxy", restartPolicy: "Always")]
        pod.spec.containers = [Container(name: "one"), Container(name: "two")]
        func statuses(_ containers: [Container]) -> [ContainerStatus] {
            containers.map { container in
                var status = ContainerStatus()
                status.name = container.name
                if let code = codes[container.name] {
                    status.state.terminated = ContainerStateTerminated(exitCode: code)
                }
                return status
            }
        }
        pod.status.phase = phase
        pod.status.initContainerStatuses = statuses(pod.spec.initContainers)
        // The order of the status is not the spec's.
        pod.status.containerStatuses = statuses(pod.spec.containers.reversed())
        return pod
    }

    @Test func codes() {
        #expect(pod(phase: "Succeeded", ["one": 0, "two": 0, "proxy": 143]).exitCode == 0)
        #expect(pod(phase: "Failed", ["one": 7, "two": 9]).exitCode == 7)
        #expect(pod(phase: "Failed", ["one": 0, "two": 9]).exitCode == 9)
        #expect(pod(phase: "Running", ["two": 143]).exitCode == 143)
        #expect(pod(phase: "Failed", ["prepare": 3]).exitCode == 3)
        #expect(pod(phase: "Failed", ["proxy": 143, "one": 0, "two": 0]).exitCode == 1)
    }
}
