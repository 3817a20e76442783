import PodLinux

/// A pod's processes as a tree, whose namespaces they are in, and who is in each namespace: three blocks of text.
struct NamespaceText {
    let pod: PodNamespaces

    /// Longest line of the tree.
    private static let width = 80

    var text: String {
        guard pod.members.contains(where: { !$0.processes.isEmpty }) else { return head + "No processes.\n" }
        return head + tree + "\n" + ColumnText().aligned(processes) + "\n" + ColumnText().aligned(namespaces)
    }

    private var head: String {
        let address = pod.address.isEmpty ? "" : ", \(pod.address)"
        return "pod/\(pod.name) (namespace \(pod.namespace)\(address))\n"
    }

    // MARK: - The tree

    private var tree: String {
        var lines: [String] = []
        for (index, member) in pod.members.enumerated() {
            let isLast = index == pod.members.count - 1
            lines.append((isLast ? "└─ " : "├─ ") + member.name + (member.processes.isEmpty ? " (no process)" : ""))
            let known = Set(member.processes.map(\.processID))
            append(
                member.processes.filter { !known.contains($0.parentID) }, of: member,
                indent: isLast ? "   " : "│  ", &lines)
        }
        return lines.map { Self.cut(TerminalText.escaped($0)) + "\n" }.joined()
    }

    private func append(
        _ processes: [ProcessNamespaces], of member: PodNamespaces.Member, indent: String, _ lines: inout [String]
    ) {
        for (index, process) in processes.enumerated() {
            let isLast = index == processes.count - 1
            let inner = process.innerID == process.processID ? "" : " [\(process.innerID)]"
            let command = process.command.split(whereSeparator: \.isNewline).joined(separator: " ")
            lines.append("\(indent)\(isLast ? "└─ " : "├─ ")\(process.processID)\(inner)  \(command)")
            append(
                member.processes.filter { $0.parentID == process.processID }, of: member,
                indent: indent + (isLast ? "   " : "│  "), &lines)
        }
    }

    private static func cut(_ line: String) -> String {
        line.count > width ? line.prefix(width - 1) + "…" : line
    }

    // MARK: - Tables

    private var processes: String {
        var rows = [["CONTAINER", "PID"] + NamespaceKind.allCases.map(\.rawValue)]
        for member in pod.members {
            for process in member.processes {
                rows.append(
                    [member.name, "\(process.processID)"]
                        + NamespaceKind.allCases.map { pod.owner(of: $0, process, in: member)?.text ?? "-" })
            }
        }
        return Self.lines(rows)
    }

    private var namespaces: String {
        let rows = pod.shared.map { shared in
            let owner = shared.owner == .own ? shared.members[0] : shared.owner.text
            return [shared.kind.rawValue, "\(shared.inode)", owner, shared.members.joined(separator: ", ")]
        }
        return Self.lines([["NAMESPACE", "INODE", "OF", "PROCESSES OF"]] + rows)
    }

    private static func lines(_ rows: [[String]]) -> String {
        rows.map { $0.joined(separator: "\t") + "\n" }.joined()
    }
}
