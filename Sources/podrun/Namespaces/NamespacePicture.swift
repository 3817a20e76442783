import PodLinux

/// Pods as an SVG picture: a column for pause and each container, a row for each kind of namespace; who shares one is under
/// one band.
struct NamespacePicture {
    let pods: [PodNamespaces]

    private static let margin = 24
    private static let gutter = 84
    private static let column = 184
    private static let gap = 12
    private static let boxHeight = 70
    private static let rowHeight = 36
    private static let titleHeight = 44
    private static let legendHeight = 40
    /// Characters of a command that fit into a box.
    private static let commandLength = 25

    private struct Look {
        let fill: String
        let line: String
        let meaning: String
    }

    private static let host = Look(fill: "#e6e6e6", line: "#8a8a8a", meaning: "the host's")
    private static let shared = Look(fill: "#d3e4fa", line: "#3b6fb6", meaning: "shared in the pod")
    private static let own = Look(fill: "#dcf2dc", line: "#3d8b40", meaning: "its own")

    var text: String {
        let shown = pods.filter { !$0.running.isEmpty }
        let columns = max(2, shown.map(\.running.count).max() ?? 0)
        let width = 2 * Self.margin + Self.gutter + columns * (Self.column + Self.gap)
        let podHeight =
            Self.titleHeight + Self.boxHeight + Self.gap
            + NamespaceKind.allCases.count * (Self.rowHeight + Self.gap / 2) + Self.margin
        let height = Self.margin + shown.count * podHeight + Self.legendHeight
        var picture = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="Helvetica, Arial, sans-serif" font-size="14">
            <rect width="\(width)" height="\(height)" fill="#ffffff"/>

            """
        for (index, pod) in shown.enumerated() { picture += draw(pod, top: Self.margin + index * podHeight) }
        return picture + legend(top: height - Self.legendHeight) + "</svg>\n"
    }

    private func draw(_ pod: PodNamespaces, top: Int) -> String {
        let members = pod.running
        var picture = line(
            "pod \(pod.namespace)/\(pod.name)" + (pod.address.isEmpty ? "" : "  \(pod.address)"), x: Self.margin,
            y: top + 20, " font-size=\"20\" font-weight=\"bold\"")
        let boxes = top + Self.titleHeight
        for (index, member) in members.enumerated() {
            let x = left(of: index)
            let process = member.processes[0]
            picture += box(
                x: x, y: boxes, width: Self.column, height: Self.boxHeight,
                Look(fill: "#ffffff", line: "#333333", meaning: ""))
            picture += line(cut(member.name), x: x + 12, y: boxes + 22, " font-weight=\"bold\"")
            picture += line("pid \(process.processID)", x: x + 12, y: boxes + 41, " font-size=\"12\"")
            picture += line(
                cut(process.command), x: x + 12, y: boxes + 59, " font-size=\"11\" font-family=\"monospace\"")
        }
        var y = boxes + Self.boxHeight + Self.gap
        for kind in NamespaceKind.allCases {
            picture += line(kind.rawValue, x: Self.margin, y: y + 23, " font-weight=\"bold\"")
            picture += bands(kind, pod, y: y)
            y += Self.rowHeight + Self.gap / 2
        }
        return picture
    }

    /// Neighbours in one namespace are under one band.
    private func bands(_ kind: NamespaceKind, _ pod: PodNamespaces, y: Int) -> String {
        let inodes = pod.running.map { $0.processes[0].inodes[kind] }
        var picture = ""
        var start = 0
        while start < inodes.count {
            var end = start + 1
            while end < inodes.count, inodes[end] == inodes[start] { end += 1 }
            if let inode = inodes[start] {
                let isShared = inodes.filter { $0 == inode }.count > 1
                let look = inode == pod.host[kind] ? Self.host : isShared ? Self.shared : Self.own
                let width = left(of: end - 1) + Self.column - left(of: start)
                picture += box(x: left(of: start), y: y, width: width, height: Self.rowHeight, look)
                picture += line(
                    "\(inode)", x: left(of: start) + width / 2, y: y + 23, " font-size=\"13\" text-anchor=\"middle\"")
            }
            start = end
        }
        return picture
    }

    private func legend(top: Int) -> String {
        var picture = ""
        for (index, look) in [Self.own, Self.shared, Self.host].enumerated() {
            let x = Self.margin + Self.gutter + index * (Self.column + Self.gap)
            picture += box(x: x, y: top, width: 18, height: 18, look)
            picture += line(look.meaning, x: x + 26, y: top + 14, " font-size=\"13\"")
        }
        return picture
    }

    private func left(of column: Int) -> Int { Self.margin + Self.gutter + column * (Self.column + Self.gap) }

    private func cut(_ text: String) -> String {
        text.count > Self.commandLength ? text.prefix(Self.commandLength - 1) + "…" : text
    }

    private func box(x: Int, y: Int, width: Int, height: Int, _ look: Look) -> String {
        "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"6\" fill=\"\(look.fill)\" "
            + "stroke=\"\(look.line)\"/>\n"
    }

    private func line(_ text: String, x: Int, y: Int, _ attributes: String) -> String {
        "<text x=\"\(x)\" y=\"\(y)\"\(attributes)>\(Self.escaped(text))</text>\n"
    }

    /// Text of an XML element: what XML 1.0 has no place for, such as control characters, becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\u{0}"..<" ", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}": escaped += "\u{fffd}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension PodNamespaces {
    /// Members that have a process.
    fileprivate var running: [Member] { members.filter { !$0.processes.isEmpty } }
}
