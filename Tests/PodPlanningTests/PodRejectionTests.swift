import PodModel
import Testing

@testable import PodPlanning

/// Whether the host can take a pod beside the others. The host: 2 CPUs, 4Gi, a disk of 8Gi.
@Suite struct PodRejectionTests {
    private static func pod(_ requests: String, extra: String = "") throws -> Pod {
        try Sample.pod("containers: [{name: a, resources: {requests: {\(requests)}}}]\n\(extra)")
    }

    private static func rejection(_ pod: Pod, others: [Pod] = []) -> PodRejection? {
        PodRejection(of: pod, others: others, on: Sample.node)
    }

    @Test func whatFits() throws {
        #expect(try Self.rejection(Self.pod("cpu: 2, memory: 4Gi, ephemeral-storage: 8Gi")) == nil)
        #expect(try Self.rejection(Self.pod("cpu: 500m"), others: [Self.pod("cpu: 1"), Self.pod("cpu: 500m")]) == nil)
        // Who asks for nothing gets what is left.
        #expect(try Self.rejection(Self.pod("memory: 1"), others: [Self.pod("cpu: 9")]) == nil)
    }

    @Test(arguments: [
        ("cpu: 3", "cpu", "3000, used: 100, capacity: 2000"),
        ("memory: 4Gi", "memory", "4294967296, used: 1048576, capacity: 4294967296"),
        ("ephemeral-storage: 9Gi", "ephemeral-storage", "9663676416, used: 0, capacity: 8589934592"),
        ("hugepages-2Mi: 4Mi", "hugepages-2Mi", "4194304, used: 0, capacity: 0"),
        // The first of several.
        ("memory: 9Gi, cpu: 2", "cpu", "2000, used: 100, capacity: 2000"),
    ])
    func whatDoesNot(requests: String, name: String, amounts: String) throws {
        #expect(
            try Self.rejection(Self.pod(requests), others: [Self.pod("cpu: 100m, memory: 1Mi")])
                == PodRejection(
                    reason: "OutOf\(name)",
                    message: "Node didn't have enough resource: \(name), requested: \(amounts)"))
    }

    @Test(arguments: [
        ("kernel.shm_rmid_forced", nil), ("net/ipv4/tcp_rmem", nil), ("kernel.msgmax", "kernel.msgmax"),
        ("net/ipv4/conf/eth0.1/forwarding", "net.ipv4.conf.eth0/1.forwarding"),
        ("net.ipv4/tcp_rmem", "net.ipv4/tcp_rmem"),
    ])
    func sysctls(name: String, forbidden: String?) throws {
        let pod = try Self.pod("cpu: 1", extra: "securityContext: {sysctls: [{name: \(name), value: '1'}]}")
        let expected = forbidden.map {
            PodRejection(reason: "SysctlForbidden", message: "forbidden sysctl: \"\($0)\" not allowlisted")
        }
        #expect(Self.rejection(pod) == expected)
        #expect(PodRejection(of: pod, on: Sample.node) == expected)
    }

    /// Of several reasons the one that a kubelet finds first.
    @Test func order() throws {
        let asksForProfile = "securityContext: {appArmorProfile: {type: RuntimeDefault}"
        let large = try Self.pod("cpu: 3", extra: "\(asksForProfile)}")
        let all = try Self.pod("cpu: 3", extra: "\(asksForProfile), sysctls: [{name: kernel.sem, value: '1'}]}")
        #expect(Self.rejection(all)?.reason == "SysctlForbidden")
        #expect(Self.rejection(large)?.reason == "OutOfcpu")
        #expect(PodRejection(of: large, on: Sample.node)?.reason == "AppArmor")
    }

    @Test func podLevelRequests() throws {
        let pod = try Self.pod("cpu: 100m", extra: "resources: {requests: {cpu: 2500m}}")
        #expect(Self.rejection(pod)?.message.contains("cpu, requested: 2500, used: 0, capacity: 2000") == true)
        let other = try Self.pod("cpu: 3", extra: "resources: {requests: {memory: 1Gi}}")
        #expect(
            try Self.rejection(Self.pod("memory: 3584Mi"), others: [other])?.message
                == "Node didn't have enough resource: memory, requested: 3758096384, used: 1073741824, "
                + "capacity: 4294967296")
    }

    /// The largest of what init containers and the others need at one time.
    @Test func initContainersAndSidecars() throws {
        func container(_ cpu: String, _ more: String = "") -> String {
            "{name: c\(cpu), resources: {requests: {cpu: \(cpu)m}}\(more)}"
        }
        let sidecar = container("700", ", restartPolicy: Always")
        func spec(_ initContainers: String, _ containers: String) throws -> Pod {
            try Sample.pod("initContainers: [\(initContainers)]\ncontainers: [\(containers)]")
        }
        #expect(Self.rejection(try spec(container("2000"), container("1900"))) == nil)
        #expect(Self.rejection(try spec("\(container("2000")), \(sidecar)", container("1300"))) == nil)
        #expect(
            Self.rejection(try spec("\(sidecar), \(container("1301"))", container("100")))?.message.contains(
                "requested: 2001,") == true)
        #expect(
            Self.rejection(try spec(sidecar, container("1400")))?.message.contains("requested: 2100,") == true)
    }
}
