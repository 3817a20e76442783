import Testing

@testable import PodPlanning

@Suite struct HostFilesTests {
    private func file(_ name: String, _ spec: String, podIP: String? = "10.85.0.2", node: NodeFacts = Sample.node)
        throws -> String
    {
        let pod = try Sample.pod(spec + "\ncontainers: [{name: app}]")
        let plan = SandboxPlan.make(pod: pod, node: node, paths: Sample.paths, podIP: podIP)
        let file = try #require(plan.files.first { $0.path.hasSuffix("/" + name) })
        #expect(file.mode == 0o644)
        return String(decoding: file.bytes, as: UTF8.self)
    }

    private static let hosts =
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        + "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n"

    @Test func hostsIsTheKubelets() throws {
        #expect(try file("hosts", "") == Self.hosts + "10.85.0.2\tweb\n")
        #expect(try file("hosts", "", podIP: nil) == Self.hosts)
        #expect(
            try file("hosts", "hostname: h\nsubdomain: sub")
                == Self.hosts + "10.85.0.2\th.sub.default.svc.cluster.local\th\n")
    }

    @Test func hostAliasesFollow() throws {
        let aliases = "hostAliases: [{ip: 192.0.2.1, hostnames: [a, b]}, {ip: 192.0.2.2, hostnames: [c]}]"
        #expect(
            try file("hosts", aliases)
                == Self.hosts + "10.85.0.2\tweb\n\n# Entries added by HostAliases.\n192.0.2.1\ta\tb\n192.0.2.2\tc\n")
    }

    @Test(arguments: [
        ("", "web"), ("hostname: other", "other"), ("hostname: h\nsubdomain: s", "h"),
        ("hostname: h\nsubdomain: s\nsetHostnameAsFQDN: true", "h.s.default.svc.cluster.local"),
        ("setHostnameAsFQDN: true", "web"), ("hostnameOverride: x.y", "x.y"),
        ("hostname: h\nsubdomain: s\nhostnameOverride: x.y", "x.y"),
    ])
    func hostName(spec: String, expected: String) throws {
        #expect(try file("hostname", spec) == expected + "\n")
        let plan = SandboxPlan.make(
            pod: try Sample.pod(spec + "\ncontainers: [{name: app}]"), node: Sample.node, paths: Sample.paths,
            podIP: nil)
        #expect(plan.program.ops.contains(.hostName(expected)))
    }

    @Test func hostsOfTheHostsNetwork() throws {
        var node = Sample.node
        node.hosts = "127.0.0.1 localhost host1\n"
        let aliases = "hostNetwork: true\nhostAliases: [{ip: 192.0.2.1, hostnames: [a]}]"
        #expect(
            try file("hosts", aliases, node: node)
                == "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost host1\n\n"
                + "# Entries added by HostAliases.\n192.0.2.1\ta\n")
        #expect(try file("hostname", "hostNetwork: true") == "host1\n")
    }

    @Test func fullNamesAreNeverCut() throws {
        func problem(_ hostname: String) throws -> String? {
            try Sample.pod(
                "hostname: \(hostname)\nsubdomain: s\nsetHostnameAsFQDN: true\ncontainers: [{name: app}]"
            ).hostNameProblem
        }
        // ".s.default.svc.cluster.local" has 28 characters.
        #expect(try problem(String(repeating: "h", count: 36)) == nil)
        let long = String(repeating: "h", count: 37)
        #expect(
            try problem(long) == "Failed to construct FQDN from pod hostname and cluster domain, FQDN "
                + long + ".s.default.svc.cluster.local is too long (64 characters is the max, 65 characters requested)")
    }

    @Test func longNamesAreCut() throws {
        let name = String(repeating: "a", count: 60) + "--.b-long"
        let pod = try Sample.pod("containers: [{name: app}]", name: name)
        #expect(pod.resolvedHostName(on: Sample.node) == String(repeating: "a", count: 60))
    }

    @Test(arguments: [
        ("dnsPolicy: Default", "search example.org\nnameserver 192.0.2.1\n"),
        ("dnsPolicy: None\ndnsConfig: {nameservers: [192.0.2.9]}", "nameserver 192.0.2.9\n"),
        (
            "dnsPolicy: Default\ndnsConfig: {nameservers: [192.0.2.1, 192.0.2.2], searches: [example.org, b.org], "
                + "options: [{name: ndots, value: \"5\"}, {name: edns0}]}",
            "search example.org b.org\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions ndots:5 edns0\n"
        ),
    ])
    func resolvConf(spec: String, expected: String) throws {
        #expect(try file("resolv.conf", spec) == expected)
    }

    @Test func hostResolvConfIsRead() {
        let configuration = ResolverConfiguration(
            parsing: """
                # comment
                ; comment
                domain ignored.org
                search old.org
                search a.org. b.org .
                nameserver 192.0.2.1
                nameserver\t192.0.2.2
                nameserver
                options ndots:2 timeout:1
                options ndots:3
                """)
        #expect(
            configuration.text
                == "search a.org b.org .\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions timeout:1 ndots:3\n")
    }

    @Test func resolvConfIsCutToTheLimits() {
        var configuration = ResolverConfiguration()
        configuration.merge(
            nameservers: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"], searches: (0..<40).map { "d\($0).org" },
            options: [])
        let messages = configuration.cutToLimits()
        #expect(configuration.nameservers.count == 3 && configuration.searches.count == 32)
        #expect(messages.count == 2)
        #expect(
            messages.first
                == "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: "
                + "1.1.1.1 1.1.1.2 1.1.1.3")
        var long = ResolverConfiguration()
        long.merge(
            nameservers: [], searches: [String(repeating: "a", count: 2000), String(repeating: "b", count: 100)],
            options: [])
        #expect(long.cutToLimits().count == 1 && long.searches.count == 1)
    }

    @Test func missingClusterDNSIsSaid() throws {
        let pod = try Sample.pod("dnsPolicy: ClusterFirst\ncontainers: [{name: app}]")
        let plan = SandboxPlan.make(pod: pod, node: Sample.node, paths: Sample.paths, podIP: nil)
        #expect(plan.notices.map(\.reason) == ["MissingClusterDNS"])
    }
}
