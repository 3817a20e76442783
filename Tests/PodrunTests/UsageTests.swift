import PodLinux
import PodModel
import PodPlanning
import Testing

@testable import podrun

/// `podrun top`, in kubectl's columns.
struct UsageTests {
    private static func usage(
        _ name: String, _ parts: [(name: String, cpu: Int64, mebibytes: Int64, wait: String)]
    ) -> PodUsage {
        var pod = Pod()
        pod.metadata.name = name
        pod.metadata.namespace = "default"
        var start: [String: Measurement] = [:]
        var end: [String: Measurement] = [:]
        for part in parts {
            start[part.name] = Measurement(
                usage: CgroupUsage(cpuMicroseconds: 7, memoryBytes: 0), nanoseconds: 1_000_000_000)
            end[part.name] = Measurement(
                usage: CgroupUsage(
                    cpuMicroseconds: 7 + part.cpu, memoryBytes: part.mebibytes << 20, pressure: [.cpu: part.wait]),
                nanoseconds: 1_500_000_000)
        }
        return PodUsage(pod: pod, from: start, to: end)
    }

    private static let pods = [
        usage("web", [("app", 50_000, 20, "0.10"), ("side", 1, 5, "12.00")]),
        usage("db", [("main", 2_000, 100, "0.00")]),
        usage("gone", []),
    ]

    private static func text(_ change: (inout TopPodOptions) -> Void = { _ in }) -> [String] {
        var options = TopPodOptions()
        change(&options)
        return UsageTable(pods: pods, options).text.split(separator: "\n").map(String.init)
    }

    @Test func pods() {
        #expect(
            Self.text() == [
                "NAME   CPU(cores)   MEMORY(bytes)", "db     4m           100Mi", "web    101m         25Mi",
            ])
        #expect(Self.text { $0.sortBy = .cpu }.dropFirst().first?.hasPrefix("web ") == true)
        #expect(
            Self.text {
                $0.sortBy = .memory; $0.headers = false
            }.first?.hasPrefix("db ") == true)
        #expect(
            Self.text { $0.sum = true }.suffix(2) == ["       ________     ________", "       105m         125Mi"])
    }

    @Test func containers() {
        #expect(
            Self.text {
                $0.containers = true; $0.namespace = ""
            } == [
                "NAMESPACE   POD   NAME   CPU(cores)   MEMORY(bytes)",
                "default     db    main   4m           100Mi", "default     web   app    100m         20Mi",
                "default     web   side   1m           5Mi",
            ])
    }

    @Test func pressure() {
        #expect(
            Self.text { $0.wide = true }.last
                == "web    101m         25Mi            12.00%         <none>            <none>")
    }

    @Test func host() throws {
        func read(_ busy: Int, _ idle: Int) -> HostUsage {
            HostUsage(
                stat: "cpu  \(busy) 0 0 \(idle) 10 0 0 0 99 99\ncpu0 1 1 1 1\n",
                meminfo: "MemTotal:  4194304 kB\nMemFree:  1048576 kB\nInactive(file):  1048576 kB\n")
        }
        let node = NodeFacts(hostName: "n1", memoryBytes: 4 << 30, cpuCount: 2, cgroup: .none)
        #expect(
            UsageTable.node(node, from: read(100, 500), to: read(150, 550)).text()
                == "NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)\nn1     1000m        50%      2048Mi          50%\n"
        )
    }
}

struct SetResourcesTests {
    private static func options(_ line: String) throws -> SetResourcesOptions? {
        let arguments = line.split(separator: " ").map(String.init)
        guard case .setResources(let options) = try CommandLineParser.parse(arguments).command else { return nil }
        return options
    }

    @Test func understood() throws {
        let options = try Self.options(
            "set resources pod/web -c app --limits=cpu=200m,memory=512Mi --requests cpu=100m -n a --dry-run=client")
        #expect(
            try options
                == SetResourcesOptions(
                    pods: PodSelection(namespace: "a", target: .names(["web"])), container: "app",
                    limits: ["cpu": Quantity("200m"), "memory": Quantity("512Mi")], requests: ["cpu": Quantity("100m")],
                    dryRun: .client))
        #expect(try Self.options("set resources pods --all -c * --limits=cpu=1")?.container == nil)
    }

    @Test(arguments: [
        ("set resources pod web", "you must specify an update to requests or limits"),
        ("set resources pod web --limits=cpu", "invalid argument syntax cpu, expected <resource>=<value>"),
        ("set resources pod web --limits=cpu=x", "--limits=cpu=x: "),
        ("set resources pod --limits=cpu=1", "no name was specified"),
        ("set resources secret s --limits=cpu=1", "only pods have containers"),
        ("set image pod web app", "at least one image update is required"),
        ("set image pod app=x", "no name was specified"),
        ("top pod --sort-by=disk", "--sort-by accepts only cpu or memory"),
        ("top pod web -l a=b", "name cannot be provided when a selector is specified"),
    ])
    func refused(line: String, message: String) {
        let error = #expect(throws: UsageError.self) {
            try CommandLineParser.parse(line.split(separator: " ").map(String.init))
        }
        #expect(error?.description.contains(message) == true)
    }

    @Test func images() throws {
        let arguments = "set image pod/web pod/db app=x:2 *=y -n a".split(separator: " ").map(String.init)
        let options = SetImageOptions(
            pods: PodSelection(namespace: "a", target: .names(["web", "db"])), images: ["app": "x:2", "*": "y"])
        #expect(try CommandLineParser.parse(arguments).command == .setImage(options))
        var spec = PodSpec()
        spec.containers = [Container(name: "app"), Container(name: "side")]
        spec.initContainers = [Container(name: "first")]
        try options.change(&spec)
        #expect(spec.containers.map(\.image) == ["x:2", "y"])
        #expect(spec.initContainers.map(\.image) == ["y"])
        spec.containers.removeFirst()
        #expect(throws: CommandFailure("unable to find container named \"app\"")) { try options.change(&spec) }
    }

    @Test func change() throws {
        let options = try #require(try Self.options("set resources pod web -c b --limits=cpu=1"))
        var spec = PodSpec()
        spec.containers = [Container(name: "a"), Container(name: "b")]
        spec.containers[1].resources.limits = ["memory": try Quantity("1Mi")]
        #expect(options.change(&spec))
        #expect(spec.containers[0].resources.limits == [:])
        #expect(spec.containers[1].resources.limits.mapValues(\.text) == ["cpu": "1", "memory": "1Mi"])
        spec.containers.removeLast()
        #expect(!options.change(&spec))
    }
}
