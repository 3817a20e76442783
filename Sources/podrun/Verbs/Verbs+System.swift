import PodLinux

extension Verbs {
    /// What this host offers, what is missing and how to get it. Missing things are the answer, not a failure.
    func systemInfo() throws -> Int32 {
        let node = HostFacts.read()
        var rows = [
            ("podrun", Version.text),
            ("Host", node.hostName + (node.hostIP.isEmpty ? "" : " (\(node.hostIP))")),
            ("Processors", "\(node.cpuCount)"),
            ("Memory", ByteCount.text(node.memoryBytes)),
        ]
        for row in HostCheck.rows() {
            rows.append((row.name, row.found))
            if !row.remedy.isEmpty { rows.append(("", "to get it: \(row.remedy)")) }
        }
        let text = rows.map { name, found in (name.isEmpty ? "" : "\(name):") + "\t\(TerminalText.escaped(found))\n" }
        try Console.print(ColumnText(padding: 3).aligned(text.joined()))
        return 0
    }
}
