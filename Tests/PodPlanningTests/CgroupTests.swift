import PodModel
import Testing

@testable import PodPlanning

@Suite struct CgroupTests {
    @Test(arguments: [
        ("0::/podrun/besteffort/pod0f4b/web\n", true), ("1:cpu:/\n0::/podrun/pod0f4b/pause\n", true),
        ("0::/user.slice/podrun/burstable/pod0f4b/web\n", true), ("0::/system.slice/podrun.service\n", false),
        ("0::/podrun.slice/podrun-pods.service/podrun/burstable/pod0f4b/web\n", true),
        ("0::/podrun.slice/podrun-pods.service/holder\n", false), ("0::/\n", false),
        ("1:name=/podrun/pod0f4b\n0::/user.slice\n", false), ("", false),
    ])
    func whoIsOfAPod(cgroup: String, isOfPod: Bool) {
        #expect(CgroupPlan.isOfPod(cgroup) == isOfPod)
    }

    private func values(_ plan: CgroupPlan) -> [String: String] {
        Dictionary(uniqueKeysWithValues: plan.writes.map { ($0.file, $0.value) })
    }

    private func container(_ resources: String) throws -> [String: String] {
        let pod = try Sample.container("resources: \(resources)")
        return values(CgroupPlan.container(pod.spec.containers[0], in: pod, on: Sample.unified))
    }

    /// The table of container-env section 10: shares of a request -> runc's weight, and the kubelet's linear one.
    @Test(arguments: [
        (0, 2, 1, 1), (10, 10, 4, 1), (50, 51, 11, 2), (100, 102, 17, 4), (250, 256, 35, 10), (500, 512, 59, 20),
        (1000, 1024, 100, 39), (2000, 2048, 174, 79), (4000, 4096, 303, 157), (1_000_000, 262_144, 10_000, 10_000),
    ])
    func weights(milliCPU: Int64, shares: Int64, container: Int64, linear: Int64) {
        #expect(CPUWeight.shares(milliCPU: milliCPU) == shares)
        #expect(CPUWeight.container(shares: shares) == container)
        #expect(CPUWeight.linear(shares: shares) == linear)
    }

    @Test(arguments: [
        (0, "max 100000"), (1, "1000 100000"), (10, "1000 100000"), (11, "1100 100000"), (500, "50000 100000"),
        (1500, "150000 100000"),
    ])
    func quota(milliCPU: Int64, expected: String) {
        #expect(CgroupPlan.cpuMaximum(milliCPU: milliCPU) == expected)
    }

    @Test func containerWithoutResources() throws {
        #expect(
            try container("{}") == [
                "cpu.weight": "1", "cpu.max": "max 100000", "memory.max": "max", "memory.swap.max": "0",
                "memory.oom.group": "1",
            ])
    }

    @Test func containerWithResources() throws {
        let values = try container("{requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 512Mi}}")
        #expect(values["cpu.weight"] == "17" && values["cpu.max"] == "50000 100000")
        #expect(values["memory.max"] == "536870912")
        #expect(try container("{limits: {cpu: 1}}")["cpu.weight"] == "100")
    }

    private func pod(_ spec: String) throws -> CgroupPlan {
        CgroupPlan.pod(try Sample.pod(spec), on: Sample.unified)
    }

    @Test func podsHaveTheirClassesPlace() throws {
        let uid = "pod" + Sample.uid
        let bestEffort = try pod("containers: [{name: a}]")
        #expect(bestEffort.path == "podrun/besteffort/\(uid)")
        #expect(values(bestEffort) == ["cpu.weight": "1", "pids.max": "2048"])
        #expect(bestEffort.childControllers == ["cpu", "memory", "pids"])

        let burstable = try pod("containers: [{name: a, resources: {requests: {cpu: 100m}}}, {name: b}]")
        #expect(burstable.path == "podrun/burstable/\(uid)")
        #expect(values(burstable) == ["cpu.weight": "4", "pids.max": "2048"])

        let guaranteed = try pod(
            "containers: [{name: a, resources: {requests: {cpu: 1, memory: 100Mi}, limits: {cpu: 1, memory: 100Mi}}}]")
        #expect(guaranteed.path == "podrun/\(uid)")
        #expect(
            values(guaranteed) == [
                "cpu.weight": "39", "cpu.max": "100000 100000", "memory.max": "104857600", "pids.max": "2048",
            ])
    }

    @Test func podLimitsNeedAllContainers() throws {
        let one = "{name: a, resources: {limits: {cpu: 100m, memory: 64Mi}, requests: {cpu: 50m, memory: 32Mi}}}"
        let other = "{name: b, resources: {limits: {cpu: 200m}, requests: {cpu: 100m}}}"
        let values = values(try pod("containers: [\(one), \(other)]"))
        #expect(values["cpu.max"] == "30000 100000")
        #expect(values["memory.max"] == nil)
        #expect(values["cpu.weight"] == "6")
    }

    /// Init containers run before the others, sidecars beside them.
    @Test func podSumsFollowTheInitRule() throws {
        func sized(_ name: String, _ memory: String, extra: String = "") -> String {
            "{name: \(name), resources: {limits: {memory: \(memory), cpu: 1}, requests: {memory: \(memory), cpu: 1}}\(extra)}"
        }
        let large = try pod(
            "initContainers: [\(sized("i", "900Mi"))]\ncontainers: [\(sized("a", "100Mi")), \(sized("b", "200Mi"))]")
        #expect(values(large)["memory.max"] == String(900 << 20))
        let sidecar = sized("s", "50Mi", extra: ", restartPolicy: Always")
        let mixed = try pod("initContainers: [\(sidecar), \(sized("i", "60Mi"))]\ncontainers: [\(sized("a", "100Mi"))]")
        #expect(values(mixed)["memory.max"] == String(150 << 20))
    }

    /// Limits of the pod as a whole are those of containers without their own; its requests are its weight.
    @Test func podLevelResources() throws {
        let pod = try Sample.pod(
            """
            resources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 1, memory: 512Mi}}
            containers: [{name: a}, {name: b, resources: {limits: {memory: 64Mi}, requests: {cpu: 100m, memory: 64Mi}}}]
            """)
        #expect(
            values(CgroupPlan.pod(pod, on: Sample.unified)) == [
                "cpu.weight": "39", "cpu.max": "200000 100000", "memory.max": "1073741824", "pids.max": "2048",
            ])
        let parts = pod.spec.containers.map { values(CgroupPlan.container($0, in: pod, on: Sample.unified)) }
        #expect(parts.map { $0["memory.max"] } == ["1073741824", "67108864"])
        #expect(parts.map { $0["cpu.max"] } == ["200000 100000", "200000 100000"])
        #expect(parts.map { $0["cpu.weight"] } == ["174", "17"])
        // 224Mi of 4Gi each, above their own.
        #expect(pod.spec.containers.map { OOMScore.adjust(of: $0, in: pod, nodeMemory: 4 << 30) } == [946, 930])
    }

    @Test func hugePages() throws {
        var support = Sample.unified
        support.controllers.insert("hugetlb")
        let pod = try Sample.pod(
            """
            containers:
            - {name: a, resources: {limits: {hugepages-2Mi: 4Mi, cpu: 1}, requests: {hugepages-2Mi: 4Mi}}}
            - {name: b, resources: {limits: {hugepages-2Mi: 2Mi}, requests: {hugepages-2Mi: 2Mi}}}
            """)
        func pages(_ plan: CgroupPlan) -> [String: String] { values(plan).filter { $0.key.hasPrefix("hugetlb") } }
        #expect(pages(CgroupPlan.pod(pod, on: support)) == [:])
        support.hugePages = ["hugepages-1Gi", "hugepages-2Mi"]
        let plan = CgroupPlan.pod(pod, on: support)
        #expect(pages(plan) == ["hugetlb.2MB.max": "6291456", "hugetlb.1GB.max": "0"])
        #expect(plan.childControllers == ["cpu", "memory", "pids", "hugetlb"])
        #expect(
            pages(CgroupPlan.container(pod.spec.containers[1], in: pod, on: support)) == [
                "hugetlb.2MB.max": "2097152", "hugetlb.1GB.max": "0",
            ])
        #expect(CgroupPlan.missingControllers(for: pod, on: Sample.unified) == ["hugetlb"])
    }

    @Test(arguments: ["HugePages", "HugePages-2Mi"])
    func volumesOfHugePages(medium: String) throws {
        let pod = try Self.pod(medium: medium)
        #expect(PodValidation.errors(in: pod).map(\.text) == [])
        let plan = SandboxPlan.make(pod: pod, node: Sample.node, paths: Sample.paths, podIP: "10.0.0.1")
        let mount = try #require(plan.tmpfs.first { $0.name == "v" })
        #expect(mount.pageBytes == 2 << 20)
        #expect(mount.sizeBytes == 0)
    }

    @Test func volumesOfNoHugePages() throws {
        let missing = try Self.pod(medium: "HugePages-1Gi")
        let path = "spec.volumes[0].emptyDir.medium: Invalid value: "
        #expect(
            PodValidation.errors(in: missing).map(\.text) == [
                path
                    + "\"HugePages-1Gi\": medium HugePages-1Gi: huge pages storage requested, but there is no resource "
                    + "request for huge pages"
            ])
        let several = try Self.pod(medium: "HugePages", pages: "hugepages-2Mi: 4Mi, hugepages-1Gi: 1Gi")
        #expect(
            PodValidation.errors(in: several).map(\.text) == [
                path + "\"HugePages\": medium: HugePages can't be used if container requests multiple huge page sizes"
            ])
    }

    private static func pod(medium: String, pages: String = "hugepages-2Mi: 4Mi") throws -> Pod {
        let limits = "{limits: {memory: 8Mi, \(pages)}}"
        return try Sample.pod(
            """
            volumes: [{name: v, emptyDir: {medium: \(medium)}}]
            containers: [{name: a, image: b, resources: \(limits)}]
            """
        ).withDefaults()
    }

    @Test func treeWeighsTheBurstablePods() throws {
        let burstable = try Sample.pod("containers: [{name: a, resources: {requests: {cpu: 500m}}}]")
        let bestEffort = try Sample.pod("containers: [{name: a}]")
        let tree = CgroupPlan.tree(pods: [burstable, burstable, bestEffort], on: Sample.unified)
        #expect(tree.map(\.path) == ["podrun", "podrun/burstable", "podrun/besteffort"])
        #expect(tree.map { values($0)["cpu.weight"] } == [nil, "39", "1"])
    }

    @Test func aContainerMayBeCalledPause() throws {
        let pod = try Sample.pod("containers: [{name: pause}]")
        let leaf = CgroupPlan.containerPath("pause", in: pod)
        #expect(leaf != CgroupPlan.pause(in: pod, on: Sample.unified).path)
    }

    private static let limited = "{limits: {cpu: 1, memory: 64Mi}, requests: {cpu: 500m}}"

    @Test func missingControllersAreNamedWithTheFix() throws {
        let pod = try Sample.container("resources: \(Self.limited)")
        func error(_ support: CgroupSupport) -> String? { CgroupPlan.enforcementError(for: pod, on: support) }
        #expect(error(Sample.unified) == nil)
        #expect(
            error(CgroupSupport(root: "/sys/fs/cgroup", controllers: ["cpu", "pids"], isUnified: true))
                == "pod \"web\" sets memory limits, but this host has no cgroup v2 \"memory\" controller: enable it in "
                + "/sys/fs/cgroup/cgroup.subtree_control, or boot with cgroup_enable=memory; or run the pod without its "
                + "limits: --without-enforcement")
        let hybrid = CgroupSupport(root: "/sys/fs/cgroup/unified", controllers: [], isUnified: false)
        #expect(
            error(hybrid)
                == "pod \"web\" sets cpu limits and memory limits, but this host has no cgroup v2 \"cpu\" and \"memory\" "
                + "controllers: cgroup v1 holds them: boot with systemd.unified_cgroup_hierarchy=1; or run the pod "
                + "without its limits: --without-enforcement")
        #expect(error(.none)?.contains("mount cgroup v2 on /sys/fs/cgroup") == true)
        #expect(
            CgroupPlan.missingControllers(for: try Sample.container("resources: {requests: {cpu: 1}}"), on: .none) == []
        )
    }

    @Test func withoutControllersNothingIsWrittenToThem() throws {
        let pod = try Sample.container("resources: \(Self.limited)")
        let support = CgroupSupport(root: "/sys/fs/cgroup/unified", controllers: ["pids"], isUnified: false)
        #expect(CgroupPlan.container(pod.spec.containers[0], in: pod, on: support).writes == [])
        #expect(CgroupPlan.pod(pod, on: support).writes == [CgroupWrite("pids.max", "2048")])
    }

    @Test(arguments: [
        ("{}", 1000), ("{requests: {memory: 32Mi}}", 993), ("{requests: {memory: 4Gi}}", 3),
        ("{requests: {memory: 1Ki}}", 999), ("{requests: {cpu: 1}}", 999),
        ("{limits: {cpu: 1, memory: 64Mi}, requests: {cpu: 1, memory: 64Mi}}", -997),
    ])
    func oomScore(resources: String, expected: Int) throws {
        #expect(try Sample.resolve(Sample.container("resources: \(resources)")).oomScoreAdjust == expected)
    }

    @Test func tinyMemoryLimitsAreRefused() throws {
        let error = #expect(throws: ResolveError.self) {
            try Sample.resolve(Sample.container("resources: {limits: {memory: \"16\"}}"))
        }
        #expect(
            error?.message
                == "memory limit 16 is too low: at least 6291456 bytes (6Mi) are needed to start a process")
    }
}
