import PodModel

/// What a shell asks with `podrun __complete WORD...`: how may the last word go on? Pure; names that only the agent knows
/// are left to the verb.
struct CompletionRequest: Equatable {
    struct Candidate: Equatable {
        let text: String
        let help: String

        init(_ text: String, _ help: String = "") {
            self.text = text
            self.help = help
        }
    }

    /// Where the candidates come from.
    enum Source: Equatable {
        case words([Candidate])
        /// The shell knows them better.
        case files
        /// - Parameter namespace: empty means all.
        case objects(ObjectKind, namespace: String)
        /// `POD:`, or a file.
        case podPaths(namespace: String)
        case containers(pod: String, namespace: String)
        case images
        case namespaces

        static let nothing = Source.words([])
    }

    static let verb = "__complete"

    var source = Source.nothing
    /// What of the last word stays as it is: `--output=`, `pod/`.
    var kept = ""
    /// What of it the candidates have to begin with.
    var typed = ""
    /// Names that are there already.
    var given: [String] = []

    /// - Parameter words: what follows `podrun`, up to the cursor; the last one may be empty.
    static func invocation(_ words: ArraySlice<String>) -> Invocation {
        let typed = words.last ?? ""
        guard let line = try? ArgumentParser.unfinished(Array(words.dropLast())) else {
            return Invocation(command: .complete(CompletionRequest()))
        }
        return Invocation(
            command: .complete(CompletionRequest(line, typed: typed)), directories: Directories(line.parsed))
    }

    private init() {}

    private init(_ line: ArgumentParser.Unfinished, typed: String) {
        self.typed = typed
        given = line.parsed.operands
        let flags = ((line.verb?.flags ?? []) + ArgumentTable.globalFlags).filter { !$0.isHidden }
        if let flag = line.awaited {
            source = Self.values(of: flag, line)
        } else if line.parsed.trailing == nil, typed.hasPrefix("-") {
            completeFlag(among: flags, line)
        } else if line.parsed.trailing == nil || line.verb?.forms.contains(where: { $0.contains("-- ") }) == false {
            completeWord(line)
        }
        if case .objects = source, let slash = self.typed.firstIndex(of: "/") { keep(through: slash) }
    }

    /// A flag's name, or the value behind `--name=` and `-x`.
    private mutating func completeFlag(among flags: [Flag], _ line: ArgumentParser.Unfinished) {
        if typed.hasPrefix("--"), let sign = typed.firstIndex(of: "=") {
            let name = typed[..<sign].dropFirst(2)
            guard let flag = flags.first(where: { $0.name == name }) else { return }
            keep(through: sign)
            source = Self.values(of: flag, line)
        } else if !typed.hasPrefix("--"), typed.count > 2,
            let flag = flags.first(where: { $0.value != nil && $0.short == typed.dropFirst().first })
        {
            keep(through: typed.index(after: typed.startIndex))
            source = Self.values(of: flag, line)
        } else {
            source = .words(
                flags.flatMap { flag in
                    [Candidate("--" + flag.name, flag.help)]
                        + (flag.short.map { [Candidate("-\($0)", flag.help)] } ?? [])
                })
        }
    }

    private mutating func keep(through end: String.Index) {
        kept = String(typed[...end])
        typed = String(typed[typed.index(after: end)...])
    }

    private static func values(of flag: Flag, _ line: ArgumentParser.Unfinished) -> Source {
        switch flag.value ?? "" {
        case "": .words(["true", "false"].map { Candidate($0) })
        case _ where !flag.choices.isEmpty: .words(flag.choices.map { Candidate($0) })
        case "FILE", "PATH", "DIR", "[KEY=]PATH": .files
        case "NAMESPACE": .namespaces
        case "IMAGE": .images
        case "CONTAINER":
            line.parsed.operands.first.map { .containers(pod: podName($0), namespace: namespace(line)) } ?? .nothing
        case "KIND/NAME": .objects(.pod, namespace: namespace(line))
        default: .nothing
        }
    }

    // MARK: - Words that are no flags

    /// What the first word of a verb's first form stands for says what its operands are.
    private mutating func completeWord(_ line: ArgumentParser.Unfinished) {
        let below = given.isEmpty ? Self.verbs(below: line.words) : []
        guard let verb = line.verb else {
            source = .words(below)
            return
        }
        let namespace = Self.namespace(line)
        switch verb.operand {
        case "KIND": completeObject(namespace)
        case "KIND/NAME": source = .objects(.pod, namespace: namespace)
        case "POD" where given.isEmpty: source = .objects(.pod, namespace: namespace)
        case "POD" where given.count == 1 && verb.name == "logs":
            source = .containers(pod: Self.podName(given[0]), namespace: namespace)
        case "NAMESPACE/POD:PATH": source = .podPaths(namespace: namespace)
        case "IMAGE": source = .images
        case "FILE", "PATH": source = .files
        case "TYPE.FIELD" where given.isEmpty: completeField()
        case "COMMAND": source = .words(Self.verbs(below: given))
        case let operand where operand == operand.lowercased() && given.isEmpty:
            source = .words(operand.split(separator: "|").map { Candidate(String($0)) } + below)
        default: source = .words(below)
        }
    }

    /// `KIND NAME...` and `KIND/NAME...`.
    private mutating func completeObject(_ namespace: String) {
        if let slash = typed.firstIndex(of: "/") {
            guard let kind = ObjectKind(word: String(typed[..<slash])) else { return }
            source = .objects(kind, namespace: namespace)
        } else if let first = given.first, !first.contains("/") {
            given.removeFirst()
            source = ObjectKind(word: first).map { .objects($0, namespace: namespace) } ?? .nothing
        } else {
            source = .words(ObjectKind.allCases.map { Candidate($0.plural) })
        }
    }

    /// `pod.spec.containers`: a dot where more follows.
    private mutating func completeField() {
        guard let dot = typed.lastIndex(of: ".") else {
            source = .words(ObjectKind.allCases.map { Candidate($0.word) })
            return
        }
        let path = typed[..<dot].split(separator: ".").map(String.init)
        guard let kind = path.first.flatMap({ ObjectKind(word: $0) }) else { return }
        let schema = Schema(kind)
        guard let entry = schema.entry(Array(path.dropFirst())) else { return }
        keep(through: dot)
        source = .words(
            schema.entries(of: entry.type, at: Array(path.dropFirst()))
                .map { Candidate($0.name + ($0.type.object == nil ? "" : ".")) })
    }

    /// The next words of the verbs that begin with these.
    private static func verbs(below words: [String]) -> [Candidate] {
        var found: [Candidate] = []
        for verb in ArgumentTable.verbs where !verb.isHidden && verb.path.starts(with: words) {
            guard verb.path.count > words.count else { continue }
            let word = verb.path[words.count]
            guard !found.contains(where: { $0.text == word }) else { continue }
            let isWhole = verb.path.count == words.count + 1
            found.append(
                Candidate(word, isWhole ? verb.summary : ArgumentTable.groups.first { $0.0 == word }?.1 ?? ""))
        }
        return found
    }

    private static func namespace(_ line: ArgumentParser.Unfinished) -> String {
        line.parsed.isOn("all-namespaces") ? "" : line.parsed.text("namespace") ?? "default"
    }

    private static func podName(_ operand: String) -> String {
        operand.split(separator: "/").last.map(String.init) ?? ""
    }
}

extension Verb {
    /// What the first operand is, without brackets and dots: `POD`, `KIND`, `bash|zsh|fish`; empty for none.
    fileprivate var operand: String {
        for word in (forms.first ?? "").split(separator: " ") {
            let plain = word.filter { !"[]".contains($0) }.replacing("...", with: "")
            // `-f FILE` has no operand, `[-f] FILE` has.
            if plain.hasPrefix("-") {
                if word.hasPrefix("[") { continue }
                return ""
            }
            return plain.hasPrefix("FILE|") ? "FILE" : plain
        }
        return ""
    }
}

extension CommandLineParser {
    static func completion(_ parsed: ParsedArguments) throws(UsageError) -> CompletionScript {
        let shells = CompletionScript.allCases.map(\.rawValue)
        let name = try only(parsed, "shell: \(shells.joined(separator: ", "))")
        guard let script = CompletionScript(rawValue: name) else {
            throw UsageError(
                "unsupported shell \(ObjectName.quoted(name)): \(shells.joined(separator: ", "))", verb: parsed.verb)
        }
        return script
    }
}
