/// The help texts, made from the table.
enum HelpText {
    /// The help of a verb, of a group, or of podrun itself; nil if there is no such command.
    static func text(for words: [String]) -> String? {
        guard let first = words.first else { return overview }
        let verbs = ArgumentTable.verbs.filter { $0.path == Array(words.prefix($0.path.count)) }
        if let verb = verbs.max(by: { $0.path.count < $1.path.count }) { return text(of: verb) }
        return ArgumentTable.groups.contains { $0.0 == first } ? text(ofGroup: first) : nil
    }

    static var overview: String {
        var rows: [[String]] = []
        for verb in ArgumentTable.verbs where !verb.isHidden {
            rows.append(["  " + verb.name, verb.summary])
        }
        return """
            podrun runs Kubernetes pods on this host.

            Usage:
              podrun COMMAND [flags]

            Commands:
            \(columns(rows))
            Flags:
            \(columns(flagRows(ArgumentTable.globalFlags)))
            `podrun COMMAND --help` explains a command.
            Exit codes: 0 done, 1 failed, 2 wrong usage; exec gives the exit code of the command it ran.

            """
    }

    private static func text(ofGroup name: String) -> String {
        let verbs = ArgumentTable.verbs.filter { $0.path.count > 1 && $0.path[0] == name }
        return """
            \(ArgumentTable.groups.first { $0.0 == name }?.1 ?? name)

            Usage:
              podrun \(name) COMMAND [flags]

            Commands:
            \(columns(verbs.map { ["  " + $0.name, $0.summary] }))
            """
    }

    private static func text(of verb: Verb) -> String {
        var text = verb.summary + "\n"
        if !verb.details.isEmpty { text += "\n" + filled(verb.details, after: "", indent: "") }
        text += "\nUsage:\n"
        for form in verb.forms {
            text += "  podrun \(verb.name)" + (form.isEmpty ? "" : " " + form) + "\n"
        }
        if !verb.examples.isEmpty {
            text += "\nExamples:\n"
            text += verb.examples.map { "  # \($0.1)\n  \($0.0)\n" }.joined(separator: "\n")
        }
        let below = ArgumentTable.verbs.filter { $0.path.count > verb.path.count && $0.path.starts(with: verb.path) }
        if !below.isEmpty { text += "\nCommands:\n" + columns(below.map { ["  " + $0.name, $0.summary] }) }
        text += "\nFlags:\n" + columns(flagRows(verb.flags + ArgumentTable.globalFlags))
        return text
    }

    private static func flagRows(_ flags: [Flag]) -> [[String]] {
        flags.filter { !$0.isHidden }.map { flag in
            let short = flag.short.map { "-\($0), " } ?? "    "
            return ["  \(short)--\(flag.name)" + (flag.value.map { " " + $0 } ?? ""), flag.help]
        }
    }

    /// Two columns; the second is broken at 80 characters, below itself.
    private static func columns(_ rows: [[String]]) -> String {
        let width = (rows.map(\.[0].count).max() ?? 0) + 3
        var text = ""
        for row in rows {
            let start = row[0] + String(repeating: " ", count: width - row[0].count)
            text += filled(row[1], after: start, indent: String(repeating: " ", count: width))
        }
        return text
    }

    /// Words in lines of at most 80 characters.
    static func filled(_ text: String, after start: String, indent: String) -> String {
        var lines = ""
        var line = start
        var isStart = true
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !isStart, line.count + 1 + word.count > 80 {
                lines += line + "\n"
                line = indent + word
            } else {
                line += (isStart ? "" : " ") + word
            }
            isStart = false
        }
        return lines + line + "\n"
    }
}
