/// A command line that podrun can't make sense of; exit code 2.
struct UsageError: Error, Equatable, CustomStringConvertible {
    /// Without "error: " in front.
    let description: String
    /// The verb whose help explains it; empty for podrun itself.
    var verb: String

    init(_ description: String, verb: String = "") {
        self.description = description
        self.verb = verb
    }
}

/// A command line taken apart by the table, not yet understood.
struct ParsedArguments: Equatable {
    var verb: String = ""
    /// Values by flag name in the order given; a flag without a value has `true` or `false`.
    var values: [String: [String]] = [:]
    var operands: [String] = []
    /// What followed `--`; nil without one.
    var trailing: [String]?

    func has(_ name: String) -> Bool { values[name] != nil }

    func text(_ name: String) -> String? { values[name]?.last }

    func texts(_ name: String) -> [String] { values[name] ?? [] }

    func isOn(_ name: String, default assumed: Bool = false) -> Bool {
        guard let value = text(name) else { return assumed }
        return value == "true"
    }

    /// A whole number, not smaller than `lowest`.
    func number(_ name: String, atLeast lowest: Int = 0) throws(UsageError) -> Int? {
        guard let value = text(name) else { return nil }
        guard let number = Int(value) else {
            throw UsageError("invalid value \"\(value)\" for --\(name): not a whole number", verb: verb)
        }
        guard number >= lowest else {
            throw UsageError("invalid value \"\(value)\" for --\(name): must be at least \(lowest)", verb: verb)
        }
        return number
    }
}

/// Takes a command line apart as kubectl does: flags and operands in any order, `--flag value`, `--flag=value`, `-f x`,
/// `-fx`, `-it`, and `--` before a command.
enum ArgumentParser {
    static func parse(_ arguments: [String]) throws(UsageError) -> ParsedArguments {
        var parser = State(rest: arguments[...])
        try parser.run()
        return parser.parsed
    }

    /// What is known of a command line that is still being typed.
    struct Unfinished {
        var parsed: ParsedArguments
        /// nil while the words so far name none, or only a group.
        var verb: Verb?
        /// Of the verb, as typed.
        var words: [String]
        /// The last word is a flag whose value comes next.
        var awaited: Flag?
    }

    /// - Parameter arguments: those that are complete.
    static func unfinished(_ arguments: [String]) throws(UsageError) -> Unfinished {
        var parser = State(rest: arguments[...], mayBeUnfinished: true)
        try parser.run()
        return Unfinished(
            parsed: parser.parsed, verb: parser.verb, words: parser.words, awaited: parser.awaited)
    }

    private struct State {
        var rest: ArraySlice<String>
        var mayBeUnfinished = false
        var parsed = ParsedArguments()
        var words: [String] = []
        var verb: Verb?
        var awaited: Flag?

        var flags: [Flag] { (verb?.flags ?? []) + ArgumentTable.globalFlags }

        mutating func run() throws(UsageError) {
            while let argument = rest.popFirst() {
                if argument == "--" {
                    parsed.trailing = Array(rest)
                    rest = []
                } else if argument.hasPrefix("--") {
                    try takeLong(argument.dropFirst(2))
                } else if argument.hasPrefix("-"), argument != "-" {
                    try takeShort(argument)
                } else if verb == nil || leadsOn(argument) {
                    try takeWord(argument)
                } else {
                    parsed.operands.append(argument)
                }
            }
            if verb == nil, !words.isEmpty, !parsed.isOn("help"), !mayBeUnfinished {
                throw UsageError("\"podrun \(words.joined(separator: " "))\" needs a command behind it", verb: words[0])
            }
            if verb == nil, !mayBeUnfinished { parsed.operands = words }
        }

        /// `create` is a verb, and the first word of others.
        private func leadsOn(_ word: String) -> Bool {
            parsed.operands.isEmpty
                && ArgumentTable.verbs.contains { verb in
                    verb.path.count > words.count && Array(verb.path.prefix(words.count)) == words
                        && (verb.path[words.count] == word
                            || verb.path.count == words.count + 1 && verb.aliases.contains(word))
                }
        }

        private mutating func takeWord(_ word: String) throws(UsageError) {
            words.append(word)
            let candidates = ArgumentTable.verbs.filter { $0.path.count >= words.count }
                .filter { $0.path.prefix(words.count - 1) == words.prefix(words.count - 1)[...] }
            for candidate in candidates where candidate.path.count == words.count {
                guard candidate.path.last == word || candidate.aliases.contains(word) else { continue }
                verb = candidate
                parsed.verb = candidate.name
                return
            }
            if candidates.contains(where: { $0.path[words.count - 1] == word }) {
                verb = nil
                return
            }
            var group = "podrun"
            for word in words.dropLast() { group += " " + word }
            let known = Set(candidates.filter { !$0.isHidden }.map { $0.path[words.count - 1] })
            throw UsageError(
                "unknown command \"\(word)\" for \"\(group)\"" + Suggestion.text(for: word, among: known),
                verb: words.count > 1 ? words[0] : "")
        }

        private mutating func takeLong(_ text: Substring) throws(UsageError) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts.first ?? "")
            guard let flag = flags.first(where: { $0.name == name }) else {
                let known = Set(flags.filter { !$0.isHidden }.map { "--" + $0.name })
                throw UsageError(
                    "unknown flag: --\(name)" + Suggestion.text(for: "--" + name, among: known), verb: parsed.verb)
            }
            try take(flag, value: parts.count > 1 ? String(parts[1]) : nil, written: "--\(name)")
        }

        private mutating func takeShort(_ argument: String) throws(UsageError) {
            var letters = argument.dropFirst()
            while let letter = letters.popFirst() {
                guard let flag = flags.first(where: { $0.short == letter }) else {
                    throw UsageError("unknown shorthand flag: '\(letter)' in \(argument)", verb: parsed.verb)
                }
                if flag.value == nil, letters.first != "=" {
                    try take(flag, value: nil, written: "-\(letter)")
                } else {
                    if letters.first == "=" {
                        letters.removeFirst()
                    } else if letters.isEmpty {
                        try take(flag, value: nil, written: "-\(letter)")
                        return
                    }
                    try take(flag, value: String(letters), written: "-\(letter)")
                    return
                }
            }
        }

        private mutating func take(_ flag: Flag, value: String?, written: String) throws(UsageError) {
            if flag.value == nil {
                let value = value ?? "true"
                guard let isOn = ["true": true, "1": true, "false": false, "0": false][value.lowercased()] else {
                    throw UsageError("invalid value \"\(value)\" for \(written): true or false", verb: parsed.verb)
                }
                parsed.values[flag.name, default: []].append(isOn ? "true" : "false")
            } else if let value = value ?? rest.popFirst() {
                parsed.values[flag.name, default: []].append(value)
            } else if mayBeUnfinished {
                awaited = flag
            } else {
                throw UsageError("flag needs an argument: \(written)", verb: parsed.verb)
            }
        }
    }
}
