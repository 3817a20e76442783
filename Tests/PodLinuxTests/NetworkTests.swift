import CShim
import Glibc
import Testing

@testable import PodLinux

@Suite struct NetworkValueTests {
    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.-4", "1.2.3.+4", " 1.2.3.4", "a.b.c.d"])
    func otherTextIsNoAddress(_ text: String) { #expect(IPv4Address(text) == nil) }

    @Test func addressesAndSubnets() throws {
        #expect(IPv4Address("10.85.255.1")?.description == "10.85.255.1")
        let subnet = try #require(IPv4Subnet("10.85.0.0/16"))
        #expect(subnet == .podrun && subnet.gateway.description == "10.85.0.1")
        #expect(subnet.podRange.lowerBound.description == "10.85.0.2")
        #expect(subnet.podRange.upperBound.description == "10.85.255.254")
        for text in ["10.85.0.1/16", "10.85.0.0", "10.0.0.0/0", "10.0.0.0/31", "10.0.0.0/x"] {
            #expect(IPv4Subnet(text) == nil)
        }
    }

    @Test func linkNamesFit() {
        #expect(PodNetwork.linkName(podUID: "4f3c2a10-9b8d-4c1e-8f00-000000000001") == "pr-4f3c2a109b8d")
        #expect(PodNetwork.linkName(podUID: "x") == "pr-x")
    }

    @Test func hostPortsConflictByAddress() throws {
        func port(_ ip: String?, _ number: UInt16, _ transport: HostPort.TransportProtocol = .tcp) -> HostPort {
            HostPort(transport: transport, hostIP: ip.flatMap { IPv4Address($0) }, hostPort: number, containerPort: 1)
        }
        #expect(port(nil, 80).conflicts(with: port("10.0.0.1", 80)))
        #expect(port("0.0.0.0", 80).conflicts(with: port("10.0.0.1", 80)))
        #expect(!port("10.0.0.2", 80).conflicts(with: port("10.0.0.1", 80)))
        #expect(!port(nil, 80).conflicts(with: port(nil, 80, .udp)))
        #expect(!port(nil, 80).conflicts(with: port(nil, 81)))
    }

    @Test func netlinkMessagesAreNestedAndAligned() {
        var message = NetlinkMessage(16, flags: NetlinkMessage.create)
        message.nested(18) { $0.attribute(1, [7]) }
        message.attribute(3, "lo")
        let bytes = message.numbered(9)
        #expect(
            bytes == [
                36, 0, 0, 0, 16, 0, 0x05, 0x04, 9, 0, 0, 0, 0, 0, 0, 0,
                12, 0, 18, 0, 5, 0, 1, 0, 7, 0, 0, 0,
                7, 0, 3, 0, 108, 111, 0, 0,
            ])
        #expect(NetlinkReader.messages(bytes).first?.text(3, after: 0) == "lo")
        #expect(NetlinkReader.messages(Array(bytes.dropLast())).isEmpty)
        #expect(NetlinkReader.messages([4, 0, 0, 0] + bytes.dropFirst(4)).isEmpty)
    }
}

@Suite struct FirewallElementTests {
    private let rules = PodFirewallRules(
        podUID: "u", linkName: "pr-0123456789ab", address: IPv4Address(rawValue: 0x0a55_0002),
        hostPorts: [
            HostPort(
                transport: .udp, hostIP: IPv4Address(rawValue: 0x0a00_0001), hostPort: 0x1f90, containerPort: 0x35)
        ])

    @Test func textIsWhatNftReads() {
        #expect(
            rules.elements.map(\.text) == [
                #"bridge podrun pods { "pr-0123456789ab" . 10.85.0.2 . 0a:58:0a:55:00:02 }"#,
                "ip podrun addressPorts { 10.0.0.1 . udp . 8080 : 10.85.0.2 . 53 }",
            ])
    }

    /// The kernel compares whole registers: each part starts at one and is filled up with zeros.
    @Test func bytesFillRegisters() {
        #expect(
            rules.elements.map { $0.key.flatMap(\.bytes) } == [
                Array("pr-0123456789ab\0".utf8) + [10, 85, 0, 2] + [0x0a, 0x58, 0x0a, 0x55, 0, 2, 0, 0],
                [10, 0, 0, 1] + [17, 0, 0, 0] + [0x1f, 0x90, 0, 0],
            ])
        #expect(rules.elements.map { $0.value.flatMap(\.bytes) } == [[], [10, 85, 0, 2, 0, 0x35, 0, 0]])
    }
}

@Suite struct AddressPoolTests {
    @Test func addressesAreKeptAndNotReusedAtOnce() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let subnet = try #require(IPv4Subnet("10.9.0.0/29"))
        let pool = AddressPool(directory: scratch.file("network"), subnet: subnet)
        #expect(try pool.lease(podUID: "a").description == "10.9.0.2")
        #expect(try pool.lease(podUID: "b").description == "10.9.0.3")
        #expect(try pool.lease(podUID: "a").description == "10.9.0.2", "a pod keeps its address")
        try pool.release(podUID: "a")
        try pool.release(podUID: "a")
        #expect(try pool.lease(podUID: "c").description == "10.9.0.4", "the freed one comes last")
        #expect(try pool.lease(podUID: "d").description == "10.9.0.5")
        #expect(try pool.lease(podUID: "e").description == "10.9.0.6")
        // Another process sees the same leases.
        let other = AddressPool(directory: scratch.file("network"), subnet: subnet)
        #expect(try other.lease(podUID: "f").description == "10.9.0.2")
        #expect(throws: AddressPoolError.exhausted(subnet)) { try other.lease(podUID: "g") }
        #expect(try pool.leases().count == 5)
    }

    @Test(arguments: ["", "podrun-leases 2 10.85.0.2\n", "podrun-leases 1 x\n", "garbage"])
    func corruptLeasesAreNamed(_ text: String) throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        try AtomicFile.write(scratch.file("leases"), Array(text.utf8), durable: false)
        let pool = AddressPool(directory: scratch.path)
        #expect(throws: AddressPoolError.corrupt(path: scratch.file("leases"), line: 1)) { try pool.lease(podUID: "a") }
    }
}

/// The whole network of a pod, in a network namespace that plays the host.
@Suite(.enabled(if: getuid() == 0, "network namespaces need root"))
struct PodNetworkTests {
    @Test func podIsReachedBoundAndGone() throws {
        try OwnNamespace.run {
            let scratch = try Scratch()
            defer { scratch.remove() }
            let loop = try EventLoop()
            let host = try OwnNamespace.current()
            try RouteSocket().enableLoopback()
            let network = try PodNetwork(directory: scratch.file("network"), loop: loop)

            var pods: [(uid: String, address: IPv4Address, server: DescriptorBox, namespace: DescriptorBox)] = []
            for (index, uid) in ["aaaaaaaa-1", "bbbbbbbb-2"].enumerated() {
                try OwnNamespace.check(podrun_unshare(OwnNamespace.newNetwork))
                let socket = try OwnNamespace.routeSocket()
                let pod = try OwnNamespace.current()
                try OwnNamespace.check(podrun_setns(host.raw, 0))
                let port = HostPort(transport: .tcp, hostPort: 8080 + UInt16(index), containerPort: 80)
                let began = Clock.monotonic()
                let address = try network.addresses.lease(podUID: uid)
                try network.admit(podUID: uid, address: address, hostPorts: [port])
                try network.attach(podUID: uid, address: address, podSocket: socket)
                print("network: attached in \(Clock.monotonic().nanoseconds(since: began) / 1000) us")
                try OwnNamespace.check(podrun_setns(pod.raw, 0))
                let server = try OwnNamespace.listen(port: 80)
                try OwnNamespace.check(podrun_setns(host.raw, 0))
                pods.append((uid, address, server, pod))
            }
            for (index, pod) in pods.enumerated() {
                #expect(OwnNamespace.connects(to: pod.address, port: 80), "host to pod")
                #expect(OwnNamespace.connects(to: network.subnet.gateway, port: 8080 + UInt16(index)), "host port")
            }
            #expect(!OwnNamespace.connects(to: network.subnet.gateway, port: 8082))
            #expect(try network.addresses.leases().count == 2)
            #expect(try PodNetwork.isTaken(HostPort(transport: .tcp, hostPort: 8080, containerPort: 80)) == false)
            let holder = try OwnNamespace.listen(port: 9000)
            let taken = HostPort(transport: .tcp, hostPort: 9000, containerPort: 80)
            #expect(try PodNetwork.isTaken(taken))
            #expect(holder.isOpen)

            // A pod may speak with its own address only.
            let listener = try OwnNamespace.datagramSocket(port: 7777)
            let pod = pods[0]
            try OwnNamespace.check(podrun_setns(pod.namespace.raw, 0))
            let stranger = IPv4Address(rawValue: pod.address.rawValue + 90)
            try? RouteSocket().configurePod(address: stranger, subnet: network.subnet)
            #expect(try OwnNamespace.send(1, from: stranger, to: network.subnet.gateway, port: 7777))
            #expect(try OwnNamespace.send(2, from: pod.address, to: network.subnet.gateway, port: 7777))
            try OwnNamespace.check(podrun_setns(host.raw, 0))
            #expect(OwnNamespace.receive(listener) == 2, "the first datagram is dropped")
            pod.namespace.close()
            pods[1].namespace.close()

            // A later agent takes over one of the two.
            let next = try PodNetwork(directory: scratch.file("network"), loop: loop)
            try next.adopt(
                pods.prefix(1).map {
                    PodFirewallRules(
                        podUID: $0.uid, linkName: PodNetwork.linkName(podUID: $0.uid), address: $0.address,
                        hostPorts: [HostPort(transport: .tcp, hostPort: 8080, containerPort: 80)])
                })
            #expect(try next.addresses.leases().count == 1)
            #expect(OwnNamespace.connects(to: network.subnet.gateway, port: 8080))
            #expect(!OwnNamespace.connects(to: network.subnet.gateway, port: 8081))

            // Nothing holds the namespaces but these sockets: the veths go, the watch tells.
            var gone = 0
            for pod in pods { try next.detach(podUID: pod.uid) { gone += 1 } }
            #expect(gone == 0)
            for pod in pods { pod.server.close() }
            let limit = Clock.monotonic().advanced(bySeconds: 5)
            while gone < 2, Clock.monotonic() < limit { try loop.turn(waitingUntil: limit) }
            #expect(gone == 2)
            #expect(if_nametoindex(PodNetwork.linkName(podUID: pods[0].uid)) == 0)
            #expect(loop.watchCount == 0 && loop.timerCount == 0)
            #expect(try next.addresses.leases().isEmpty)
            #expect(!OwnNamespace.connects(to: network.subnet.gateway, port: 8080))
            try next.removeUnused()
            #expect(if_nametoindex(PodNetwork.bridgeName) == 0)
        }
    }

    /// More links go at once than the socket has room to tell of: the kernel drops notifications (ENOBUFS).
    @Test func everyLinkIsMissedWhenAllGoAtOnce() throws {
        try OwnNamespace.run {
            let loop = try EventLoop()
            let route = try RouteSocket()
            let host = try OwnNamespace.current()
            let bridge = try route.ensureBridge("br0", subnet: .podrun)
            let links = (0..<200).map { "link\($0)" }
            var namespaces: [DescriptorBox] = []
            for name in links {
                try OwnNamespace.check(podrun_unshare(OwnNamespace.newNetwork))
                namespaces.append(try OwnNamespace.current())
                try OwnNamespace.check(podrun_setns(host.raw, 0))
                let pod = try Descriptor.open("/proc/self/fd/\(namespaces[namespaces.count - 1].raw)", O_RDONLY)
                try route.createPair(
                    hostName: name, bridge: bridge, namespace: pod,
                    hardwareAddress: HardwareAddress(for: .init(rawValue: 1)))
            }
            let watch = LinkWatch(loop: loop)
            var remaining = Set(links)
            for name in links { try watch.whenGone(name) { remaining.remove(name) } }
            for namespace in namespaces { namespace.close() }
            let limit = Clock.monotonic().advanced(bySeconds: 30)
            // The loop looks only when all is over, as an agent does that is busy with the pods' ends.
            while links.contains(where: { if_nametoindex($0) != 0 }), Clock.monotonic() < limit { sched_yield() }
            while !remaining.isEmpty, Clock.monotonic() < limit { try loop.turn(waitingUntil: limit) }
            #expect(remaining.isEmpty)
            #expect(loop.watchCount == 0)
        }
    }
}
