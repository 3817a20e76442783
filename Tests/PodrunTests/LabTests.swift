import PodModel
import Testing

@testable import podrun

struct LabTests {
    private let coloured = Ink(isColoured: true)

    @Test func namespacesThatAreSharedAreMarked() {
        let host: [String: UInt64] = ["net": 1, "pid": 2]
        let table = NamespaceTable(columns: [
            .init(name: "host", inodes: host), .init(name: "pause 7", inodes: ["net": 10, "pid": 11]),
            .init(name: "one 8", inodes: ["net": 10, "pid": 12]), .init(name: "on host", inodes: ["net": 1]),
        ])
        let lines = table.lines(.none)
        #expect(lines[0] == "        host  pause 7  one 8  on host")
        #expect(lines[1] == "net     1     10 ●     10 ●   1")
        #expect(lines[4] == "pid     2     11 ○     12 ○   -")
        #expect(lines.last == NamespaceTable.legend)
    }

    @Test func columnsAreAlignedWithAndWithoutColours() {
        let table = LabTable([["a", .init("long", .green), "x"], ["bbb", "c", ""]])
        #expect(table.lines(.none) == ["a    long  x", "bbb  c"])
        #expect(table.lines(coloured) == ["a    \u{1b}[32mlong\u{1b}[0m  x", "bbb  c"])
    }

    @Test func linesStayInEightyColumns() {
        let page = LabText(ink: .none)
        let words = String(repeating: "words and more ", count: 20)
        let text = page.heading(3, of: 10, "A title") + page.paragraph("done", words)
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines[0] == "── 3/10  A title " + String(repeating: "─", count: 63))
        #expect(lines[1].hasPrefix("done    words"))
        #expect(lines[2].hasPrefix("        "))
        #expect(page.lines("call", ["a", "b"]) == "call    a\n        b\n")
    }

    @Test func coloursChangeNoLetters() {
        let plain = LabText(ink: .none).paragraph("done", "some words")
        let text = LabText(ink: coloured).paragraph("done", "some words")
        #expect(text == "\u{1b}[2mdone    \u{1b}[0msome words\n")
        #expect(plain == "done    some words\n")
    }

    @Test func sparklinesFillBlocks() {
        #expect(Sparkline.text([0, 0.5, 1, 2, -1], maximum: 1) == "▁▅██▁")
        #expect(Sparkline.text([1, 1, 0], maximum: 1, width: 2) == "█▁")
        #expect(Sparkline.text([1], maximum: 0) == "▁")
    }

    @Test func aWaterfallNestsWhatIsAPart() {
        func row(_ lane: String, _ what: String, _ from: Int64, _ to: Int64) -> Waterfall.Row {
            Waterfall.Row(lane: lane, what: what, from: from * 1000, to: to * 1000)
        }
        let waterfall = Waterfall(
            [
                row("agent", "inner", 10, 20), row("agent", "outer", 0, 50), row("agent", "next", 50, 52),
                row("web", "exec", 60, 104),
            ], start: 0)
        let lines = waterfall.lines(.none)
        let words = lines.map { $0.split(separator: " ").last.map(String.init) }
        #expect(words == ["took", "agent", "outer", "inner", "next", "web", "exec"])
        #expect(waterfall.lanes[0].map(\.depth) == [0, 1, 0])
        func bar(_ blank: Int, _ full: Int) -> String {
            String(repeating: " ", count: blank) + String(repeating: "█", count: full)
        }
        #expect(lines[2] == "       0      50 " + bar(0, 13) + bar(14, 0) + "outer")
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test func addressesOfANamespace() {
        let text = """
            Main:
              +-- 0.0.0.0/0 3 0 5
                 |-- 10.85.0.0
                    /16 link UNICAST
                 |-- 10.85.0.7
                    /32 host LOCAL
                 |-- 127.0.0.1
                    /32 host LOCAL
            Local:
                 |-- 10.85.0.7
                    /32 host LOCAL
                 |-- 10.85.255.255
                    /32 link BROADCAST
            """
        #expect(FibTrie.localAddresses(text) == ["10.85.0.7"])
    }

    @Test func listenersOfANamespace() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0
               1: 0100007F:1F90 0100007F:9C40 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0
               2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0
            """
        #expect(TCPTable.listeners(text, port: 8080) == [4711])
        #expect(TCPTable.listeners(text, port: 80) == [4712])
    }

    @Test(arguments: [
        ("lab pause", LabOptions(lab: .pause)),
        ("lab pause --yes --no-color", LabOptions(lab: .pause, isUnattended: true, isColoured: false)),
        ("lab pause -y", LabOptions(lab: .pause, isUnattended: true)),
        ("lab limits", LabOptions(lab: .limits)),
        ("lab trace --keep a.yaml", LabOptions(lab: .trace(file: "a.yaml", namespace: nil, keeps: true))),
        ("lab probes", LabOptions(lab: .probes)),
    ])
    func commandLine(line: String, wanted: LabOptions) throws {
        let words = line.split(separator: " ").map(String.init)
        #expect(try CommandLineParser.parse(words).command == .lab(wanted))
    }
}
