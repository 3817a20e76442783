import PodLinux

extension Verbs {
    /// What this host offers, what is missing and how to get it.
    ///
    /// - Returns: 1 when something is missing without which no pod can run.
    func systemInfo() throws -> Int32 {
        let node = HostFacts.read()
        var rows = [
            ("podrun", Version.text),
            ("Host", node.hostName + (node.hostIP.isEmpty ? "" : " (\(node.hostIP))")),
            ("Processors", "\(node.cpuCount)"),
            ("Memory", ByteCount.text(node.memoryBytes)),
        ]
        let checks = HostCheck.rows()
        for row in checks {
            rows.append((row.name, row.found))
            if !row.remedy.isEmpty { rows.append(("", "to get it: \(row.remedy)")) }
        }
        let text = rows.map { name, found in (name.isEmpty ? "" : "\(name):") + "\t\(TerminalText.escaped(found))\n" }
        try Console.print(ColumnText(padding: 3).aligned(text.joined()))
        return checks.contains { $0.verdict == .missing } ? 1 : 0
    }
}
