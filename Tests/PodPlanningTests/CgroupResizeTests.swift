import PodModel
import Testing

@testable import PodPlanning

/// What is written of a change of resources, and in which order.
struct CgroupResizeTests {
    private static let pod = "podrun/burstable/pod\(Sample.uid)"

    private static func resize(_ spec: String, of containers: [String], from files: [String: String]) throws
        -> CgroupResize
    {
        CgroupResize(to: try Sample.pod(spec), containers: containers, on: Sample.unified) { path, file in
            files["\(path.replacing(pod, with: "").trimmed)\(file)"]
        }
    }

    private static func text(_ resize: CgroupResize) -> [String] {
        resize.steps.flatMap { step in
            step.writes.map { "\(step.path.replacing(pod, with: "").trimmed)\($0.file) \($0.value)" }
        }
    }

    private static func container(_ name: String, _ limits: String) -> String {
        "{name: \(name), resources: {limits: {\(limits)}, requests: {cpu: 10m, memory: 1Mi}}}"
    }

    /// Two containers with these limits, of which `changed` have others than before.
    private static func resize(_ a: String, _ b: String, changed: [String] = ["a"]) throws -> CgroupResize {
        try resize("containers: [\(container("a", a)), \(container("b", b))]", of: changed, from: files)
    }

    private static let files = [
        "memory.max": "96000000", "a/memory.max": "64000000", "b/memory.max": "32000000", "cpu.max": "20000 100000",
        "a/cpu.max": "10000 100000", "b/cpu.max": "10000 100000", "cpu.weight": "1", "a/cpu.weight": "4",
        "b/cpu.weight": "4",
    ]

    @Test func morePodFirst() throws {
        let resize = try Self.resize("memory: 128M, cpu: 100m", "memory: 32M, cpu: 100m")
        #expect(Self.text(resize) == ["memory.max 160000000", "a/memory.max 128000000"])
        #expect(resize.lowerings.isEmpty)
    }

    @Test func lessPodLast() throws {
        let resize = try Self.resize("memory: 16M, cpu: 50m", "memory: 32M, cpu: 100m")
        #expect(
            Self.text(resize) == [
                "a/memory.max 16000000", "memory.max 48000000", "a/cpu.max 5000 100000", "cpu.max 15000 100000",
            ])
        #expect(resize.lowerings.map(\.limit) == [48_000_000, 16_000_000])
    }

    /// From one container to the other: who gets less first, the pod not at all.
    @Test func fromOneToTheOther() throws {
        let resize = try Self.resize("memory: 65M, cpu: 100m", "memory: 31M, cpu: 100m", changed: ["a", "b"])
        #expect(
            Self.text(resize) == [
                "b/memory.max 31000000", "a/memory.max 65000000",
            ])
    }

    /// A first limit is less than none. Without a controller there is nothing to write.
    @Test func firstLimits() throws {
        let spec = "containers: [\(Self.container("a", "memory: 65M, cpu: 100m"))]"
        let files = [
            "memory.max": "max", "a/memory.max": "max", "a/cpu.max": "max 100000", "cpu.weight": "1",
            "a/cpu.weight": "4",
        ]
        #expect(
            Self.text(try Self.resize(spec, of: ["a"], from: files)) == [
                "a/memory.max 65000000", "memory.max 65000000", "a/cpu.max 10000 100000", "cpu.max 10000 100000",
            ])
        let nothing = CgroupResize(to: try Sample.pod(spec), containers: ["a"], on: .none) { _, _ in nil }
        #expect(nothing.steps.isEmpty && nothing.problem { _ in nil } == nil)
    }

    /// Limits of all containers and the pod as they are on the way: no part's is ever above the whole's.
    @Test(arguments: [(1, 1), (1, 9), (9, 1), (9, 9), (5, 2), (2, 5)])
    func neverAboveThePod(a: Int, b: Int) throws {
        var files = ["memory.max": "9", "a/memory.max": "4", "b/memory.max": "5"]
        let spec = "containers: [\(Self.container("a", "memory: \(a)")), \(Self.container("b", "memory: \(b)"))]"
        let resize = try Self.resize(spec, of: ["a", "b"], from: files)
        for line in Self.text(resize).map({ $0.split(separator: " ").map(String.init) }) {
            files[line[0]] = line[1]
            let limits = ["memory.max", "a/memory.max", "b/memory.max"].compactMap { files[$0].flatMap { Int($0) } }
            #expect(limits[1] + limits[2] <= limits[0], "\(files)")
        }
        #expect(files["memory.max"] == "\(a + b)" && files["a/memory.max"] == "\(a)" && files["b/memory.max"] == "\(b)")
    }

    @Test func usageAboveTheNewLimit() throws {
        let resize = try Self.resize("memory: 16M, cpu: 100m", "memory: 32M, cpu: 100m")
        #expect(resize.problem { _ in 15_999_999 } == nil)
        let start = "cannot decrease memory limits: "
        let container = "attempting to set container \"a\" memory limit (16000000) below current usage"
        let pod = "attempting to set pod memory limit (48000000) below current usage"
        #expect(
            resize.problem { $0.hasSuffix("/a") ? 16_000_000 : 20_000_000 } == start + container + " (16000000)")
        #expect(
            resize.problem { _ in 50_000_000 } == start + "[\(pod) (50000000), \(container) (50000000)]")
        #expect(
            resize.problem { _ in nil } == start + "[missing pod memory usage, missing container \"a\" memory usage]")
    }
}

/// Whether the host has what a pod asks for.
struct ResizeAdmissionTests {
    private static func pod(_ cpu: String, _ memory: String) throws -> Pod {
        try Sample.pod("containers: [{name: a, resources: {requests: {cpu: \(cpu), memory: \(memory)}}}]")
    }

    private static func refusal(_ cpu: String, _ memory: String, others: [Pod] = []) throws -> ResizeRefusal? {
        let node = NodeFacts(hostName: "n", memoryBytes: 4 << 30, cpuCount: 4, cgroup: .none)
        return ResizeRefusal(of: try pod(cpu, memory), allocated: try pod("2", "2Gi"), others: others, on: node)
    }

    @Test func whatFits() throws {
        #expect(try Self.refusal("4", "4Gi") == nil)
        #expect(try Self.refusal("1", "3Gi", others: [Self.pod("3", "1Gi")]) == nil)
        // There is not enough already, and that is nothing new.
        #expect(try Self.refusal("2", "1Gi", others: [Self.pod("9", "9Gi")]) == nil)
    }

    @Test func whatNeverFits() throws {
        #expect(
            try Self.refusal("5", "2Gi")
                == ResizeRefusal(
                    reason: "Infeasible",
                    message: "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000"))
        #expect(
            try Self.refusal("5", "4500Mi")?.message
                == "Node didn't have enough capacity: memory, requested: 4718592000, capacity: 4294967296")
    }

    @Test func whatDoesNotFitNow() throws {
        let others = [try Self.pod("1", "1Gi"), try Self.pod("1", "1Gi")]
        #expect(
            try Self.refusal("3", "2Gi", others: others)
                == ResizeRefusal(
                    reason: "Deferred",
                    message: "Node didn't have enough resource: cpu, requested: 3000, used: 2000, capacity: 4000"))
        #expect(
            try Self.refusal("2", "3Gi", others: others)?.message
                == "Node didn't have enough resource: memory, requested: 3221225472, used: 2147483648, "
                + "capacity: 4294967296")
    }
}

extension String {
    /// `/a` with the file's name behind it, without the slash before.
    fileprivate var trimmed: String { isEmpty ? "" : String(dropFirst()) + "/" }
}
