import PodLinux
import PodModel

extension PodNamespaces {
    /// For programs: every process with its namespaces, and the host's.
    var value: Value {
        .object([
            ("name", .string(name)), ("namespace", .string(namespace)), ("uid", .string(uid)),
            ("podIP", .string(address)),
            (
                "host",
                .object(
                    NamespaceKind.allCases.compactMap { kind in
                        host[kind].map { (kind.rawValue, .int(Int64(clamping: $0))) }
                    })
            ),
            ("processes", .array(members.flatMap { member in member.processes.map { value(of: $0, in: member) } })),
        ])
    }

    private func value(of process: ProcessNamespaces, in member: Member) -> Value {
        let namespaces = NamespaceKind.allCases.compactMap { kind -> (key: String, value: Value)? in
            guard let inode = process.inodes[kind], let owner = owner(of: kind, process, in: member) else { return nil }
            return (
                kind.rawValue, .object([("inode", .int(Int64(clamping: inode))), ("sharedWith", .string(owner.text))])
            )
        }
        return .object([
            ("container", .string(member.name)), ("pid", .int(Int64(process.processID))),
            ("parentPid", .int(Int64(process.parentID))), ("containerPid", .int(Int64(process.innerID))),
            ("command", .string(process.command)), ("namespaces", .object(namespaces)),
        ])
    }
}

/// Pods for Graphviz: each first process of a container, with lines to the namespaces that it is in.
struct NamespaceGraph {
    let pods: [PodNamespaces]

    var text: String {
        var lines = [
            "digraph namespaces {", "  rankdir=LR;", "  node [shape=box, fontname=\"sans-serif\"];",
        ]
        var namespaces: [String] = []
        var edges: [String] = []
        for pod in pods {
            lines.append("  subgraph \(quoted("cluster_" + pod.uid)) {")
            lines.append("    label=\(quoted("\(pod.namespace)/\(pod.name)"));")
            for member in pod.members {
                guard let process = member.processes.first else { continue }
                let node = quoted("\(process.processID)")
                lines.append("    \(node) [label=\(quoted("\(member.name)\npid \(process.processID)"))];")
                for kind in NamespaceKind.allCases {
                    guard let inode = process.inodes[kind] else { continue }
                    let colour = pod.host[kind] == inode ? "lightgrey" : "lightblue"
                    let name = quoted("\(kind.rawValue):\(inode)")
                    let label = quoted("\(kind.rawValue)\n\(inode)")
                    let line = "  \(name) [label=\(label), shape=ellipse, style=filled, fillcolor=\(colour)];"
                    if !namespaces.contains(line) { namespaces.append(line) }
                    edges.append("  \(node) -> \(name);")
                }
            }
            lines.append("  }")
        }
        return (lines + namespaces + edges + ["}"]).map { $0 + "\n" }.joined()
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.map { character -> String in
            switch character {
            case "\\", "\"": "\\\(character)"
            case "\n": "\\n"
            default: String(character)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
