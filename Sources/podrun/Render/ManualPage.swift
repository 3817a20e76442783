/// The manual pages, made from the table as the help is: roff with the man macros (man(7)).
struct ManualPage {
    /// `podrun-image-ls.1`
    let name: String
    let text: String

    /// podrun's own, and one for each command that users are offered.
    static var all: [ManualPage] { [overview] + shown.map { ManualPage($0) } }

    private static var shown: [Verb] { ArgumentTable.verbs.filter { !$0.isHidden } }

    private init(_ title: String, summary: String, body: String) {
        name = title + ".1"
        text = """
            .TH "\(title.uppercased())" 1 "" "podrun \(Version.text)" "User Commands"
            .SH NAME
            \(Self.plain(title)) \\- \(Self.prose(summary))
            \(body)
            """
    }

    private init(_ verb: Verb) {
        let call = "\\fB" + Self.plain("podrun " + verb.name) + "\\fR"
        var body = ".SH SYNOPSIS\n"
        body += verb.forms.map { "\(call) \(Self.plain($0))\n" }.joined(separator: ".br\n")
        body += ".SH DESCRIPTION\n" + Self.prose(verb.summary) + ".\n"
        if !verb.details.isEmpty { body += ".PP\n" + Self.prose(verb.details) + "\n" }
        if !verb.aliases.isEmpty {
            let others = verb.aliases.map { (verb.path.dropLast() + [$0]).joined(separator: " ") }
            body += ".PP\nOther spellings: " + Self.plain(others.joined(separator: ", ")) + ".\n"
        }
        body += ".SH OPTIONS\n" + Self.options(verb.flags + ArgumentTable.globalFlags)
        if !verb.examples.isEmpty {
            body += ".SH EXAMPLES\n"
            body += verb.examples.map { ".TP\n\\fB\(Self.plain($0.0))\\fR\n\(Self.prose($0.1))\n" }.joined()
        }
        let family = Self.shown.filter { $0.name != verb.name && $0.path[0] == verb.path[0] }
        body +=
            ".SH SEE ALSO\n" + (["podrun"] + family.map(Self.title)).map(Self.reference).joined(separator: ",\n") + "\n"
        self.init(Self.title(verb), summary: verb.summary, body: body)
    }

    private static var overview: ManualPage {
        ManualPage(
            "podrun", summary: "run Kubernetes pods on this host",
            body: """
                .SH SYNOPSIS
                \\fBpodrun\\fR COMMAND [flags]
                .SH DESCRIPTION
                podrun reads manifests of Kubernetes pods and runs them on this host, without a cluster. Commands ask an agent,
                which the first of them starts, or systemd. Everything but help needs root.
                .SH COMMANDS
                \(shown.map { ".TP\n\(reference(title($0)))\n\(prose($0.summary))\n" }.joined())\
                .SH OPTIONS
                \(options(ArgumentTable.globalFlags))\
                .SH EXIT STATUS
                0 done, 1 failed, 2 wrong usage; exec, run and attach have more to say of theirs.
                .SH FILES
                .TP
                \\fI/run/podrun\\fR
                the control socket, and the state of pods that run
                .TP
                \\fI/var/lib/podrun\\fR
                applied objects, images, writable layers, volumes
                .TP
                \\fI/var/log/pods\\fR
                the containers' logs, in CRI format
                .SH SEE ALSO
                \\fBsystemd.service\\fR(5), \\fBcgroups\\fR(7), \\fBnamespaces\\fR(7)

                """)
    }

    private static func title(_ verb: Verb) -> String { (["podrun"] + verb.path).joined(separator: "-") }

    private static func reference(_ title: String) -> String { "\\fB\(plain(title))\\fR(1)" }

    private static func options(_ flags: [Flag]) -> String {
        flags.filter { !$0.isHidden }.map { flag in
            let names = (flag.short.map { ["-\($0)"] } ?? []) + ["--" + flag.name]
            let value = flag.value.map { " \\fI\(plain($0))\\fR" } ?? ""
            return ".TP\n" + names.map { "\\fB\(plain($0))\\fR" }.joined(separator: ", ") + value
                + "\n\(prose(flag.help))\n"
        }
        .joined()
    }

    /// Words in one paragraph; what is in backticks is bold.
    private static func prose(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset.isMultiple(of: 2) ? plain(String($0.element)) : "\\fB\(plain(String($0.element)))\\fR" }
            .joined()
    }

    /// Text that roff prints as it is.
    private static func plain(_ text: String) -> String {
        var shown = ""
        for character in text {
            switch character {
            case "\\": shown += "\\e"
            case "-": shown += "\\-"
            case "'": shown += "\\(aq"
            case "^": shown += "\\(ha"
            case "~": shown += "\\(ti"
            // At the start of a line these would be requests.
            case "." where shown.isEmpty: shown += "\\&."
            default: shown.append(character)
            }
        }
        return shown
    }
}
