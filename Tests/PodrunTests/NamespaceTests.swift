import PodLinux
import Testing

@testable import podrun

struct NamespaceTests {
    private static let host: [NamespaceKind: UInt64] = [
        .mnt: 1, .pid: 2, .net: 3, .ipc: 4, .uts: 5, .user: 6, .cgroup: 7, .time: 8,
    ]

    private func process(
        _ pid: Int32, parent: Int32 = 1, inner: Int32 = 1, _ command: String, _ inodes: [NamespaceKind: UInt64]
    ) -> ProcessNamespaces {
        ProcessNamespaces(
            processID: pid, parentID: parent, innerID: inner, command: command,
            inodes: Self.host.merging(inodes) { $1 })
    }

    private var pod: PodNamespaces {
        let net: [NamespaceKind: UInt64] = [.net: 30, .ipc: 40, .uts: 50]
        func own(_ number: UInt64) -> [NamespaceKind: UInt64] {
            net.merging([.mnt: 10 + number, .pid: 20 + number]) { $1 }
        }
        return PodNamespaces(
            name: "web", namespace: "default", uid: "u", address: "10.85.0.2", host: Self.host,
            members: [
                .init(name: "pause", processes: [process(100, "pause", net.merging([.mnt: 10, .pid: 20]) { $1 })]),
                .init(
                    name: "app",
                    processes: [
                        process(110, "nginx <main> & \"co\"\u{1b}[2J", own(1)),
                        process(111, parent: 110, inner: 7, "nginx worker", own(1)),
                    ]),
                .init(name: "debug", processes: [process(120, inner: 9, "sh", own(2).merging([.pid: 21]) { $1 })]),
                .init(name: "done", processes: []),
            ])
    }

    @Test func owners() {
        let (pause, app, debug) = (pod.members[0], pod.members[1], pod.members[2])
        #expect(pod.owner(of: .net, pause.processes[0], in: pause) == .own)
        #expect(pod.owner(of: .net, app.processes[0], in: app) == .pause)
        #expect(pod.owner(of: .mnt, app.processes[0], in: app) == .own)
        #expect(pod.owner(of: .user, app.processes[0], in: app) == .host)
        #expect(pod.owner(of: .pid, debug.processes[0], in: debug) == .container("app"))
        let pids = pod.shared.filter { $0.kind == .pid }
        #expect(pids.map(\.inode) == [20, 21])
        #expect(pids.map(\.members) == [["pause"], ["app", "debug"]])
    }

    @Test func treeAndTables() {
        #expect(
            NamespaceText(pod: pod).text == """
                pod/web (namespace default, 10.85.0.2)
                ├─ pause
                │  └─ 100 [1]  pause
                ├─ app
                │  └─ 110 [1]  nginx <main> & "co"^[[2J
                │     └─ 111 [7]  nginx worker
                ├─ debug
                │  └─ 120 [9]  sh
                └─ done (no process)

                CONTAINER  PID  mnt  pid  net    ipc    uts    user  cgroup  time
                pause      100  own  own  own    own    own    host  host    host
                app        110  own  own  pause  pause  pause  host  host    host
                app        111  own  own  pause  pause  pause  host  host    host
                debug      120  own  app  pause  pause  pause  host  host    host

                NAMESPACE  INODE  OF     PROCESSES OF
                mnt        10     pause  pause
                mnt        11     app    app
                mnt        12     debug  debug
                pid        20     pause  pause
                pid        21     app    app, debug
                net        30     pause  pause, app, debug
                ipc        40     pause  pause, app, debug
                uts        50     pause  pause, app, debug
                user       6      host   pause, app, debug
                cgroup     7      host   pause, app, debug
                time       8      host   pause, app, debug

                """)
    }

    @Test func pictureHasOneBandForWhatIsShared() {
        let picture = NamespacePicture(pods: [pod]).text
        #expect(
            picture.contains("nginx &lt;main&gt; &amp; &quot;co&quot;…")
                || picture.contains("nginx &lt;main&gt; &amp; &quot;co"))
        #expect(!picture.contains("\u{1b}"))
        #expect(picture.contains(">30</text>"))
        #expect(picture.split(separator: ">30<").count == 2)
        #expect(NamespacePicture.escaped("a\u{0}b\u{fffe}") == "a\u{fffd}b\u{fffd}")
    }

    @Test func graphQuotesNames() {
        var odd = pod
        odd.name = #"a"b\c"#
        let graph = NamespaceGraph(pods: [odd]).text
        #expect(graph.hasPrefix("digraph namespaces {\n"))
        #expect(graph.contains("\"110\" -> \"net:30\";"))
        #expect(graph.contains("label=\"app\\npid 110\""))
        #expect(graph.contains(#"label="default/a\"b\\c";"#))
    }
}
