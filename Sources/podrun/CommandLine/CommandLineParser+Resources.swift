import PodModel

/// Which objects a verb is about.
extension CommandLineParser {
    /// Kinds that `all` stands for, as Kubernetes has them in that category.
    private static let all = [ObjectKind.pod]

    /// Words for kinds that podrun has not: singular and short.
    private static let others = [
        "namespace", "ns", "node", "no", "service", "svc", "endpoints", "ep", "endpointslice", "serviceaccount", "sa",
        "replicationcontroller", "rc", "replicaset", "rs", "deployment", "deploy", "statefulset", "sts", "daemonset",
        "ds", "job", "cronjob", "cj", "ingress", "ing", "ingressclass", "networkpolicy", "networkpolicies", "netpol",
        "persistentvolume", "pv", "storageclass", "sc", "volumeattachment", "csidriver", "csinode", "role",
        "rolebinding", "clusterrole", "clusterrolebinding", "horizontalpodautoscaler", "hpa", "poddisruptionbudget",
        "pdb", "podtemplate", "priorityclass", "pc", "runtimeclass", "resourcequota", "quota", "limitrange", "lease",
        "customresourcedefinition", "crd", "certificatesigningrequest", "csr", "componentstatuses", "cs",
    ]

    /// `pods`, `pods,cm`, `all`, `pod a b` or `pod/a cm/b`; no name means all of a kind.
    static func resources(_ parsed: ParsedArguments) throws(UsageError) -> [ObjectGroup] {
        guard let first = parsed.operands.first else {
            throw UsageError(
                "you must say what to \(parsed.verb): pods, pod NAME or pod/NAME; also configmaps, secrets, "
                    + "persistentvolumeclaims and events", verb: parsed.verb)
        }
        if first.contains("/") { return try slashed(parsed) }
        let kinds = try kinds(first, parsed)
        var names: [String] = []
        for operand in parsed.operands.dropFirst() {
            if operand.contains("/") { throw mixed(parsed) }
            names.append(try objectName(operand, of: kinds[0], verb: parsed.verb))
        }
        guard kinds.count == 1 || names.isEmpty else {
            throw UsageError("you must specify only one resource", verb: parsed.verb)
        }
        return kinds.map { ObjectGroup($0, names) }
    }

    /// What `first` names, in its order and once each.
    private static func kinds(_ first: String, _ parsed: ParsedArguments) throws(UsageError) -> [ObjectKind] {
        var kinds: [ObjectKind] = []
        for word in first.split(separator: ",").map(String.init) {
            for kind in word == "all" ? all : [try kind(word, parsed)] where !kinds.contains(kind) {
                kinds.append(kind)
            }
        }
        if kinds.isEmpty { kinds.append(try kind(first, parsed)) }
        return kinds
    }

    static func fieldSelector(_ parsed: ParsedArguments) throws(UsageError) -> FieldSelector {
        do throws(FieldSelector.Problem) {
            return try FieldSelector(parsing: parsed.texts("field-selector").joined(separator: ","))
        } catch {
            throw UsageError("\(error)", verb: parsed.verb)
        }
    }

    static func labels(_ parsed: ParsedArguments, _ groups: [ObjectGroup]) throws(UsageError) -> LabelQuery {
        let query: LabelQuery
        do throws(LabelQuery.Problem) {
            query = try LabelQuery(parsing: parsed.text("selector") ?? "")
        } catch {
            throw UsageError("\(error)", verb: parsed.verb)
        }
        guard query.isEmpty || !groups.isNamed else {
            throw UsageError("name cannot be provided when a selector is specified", verb: parsed.verb)
        }
        return query
    }

    static func refuseEvents(
        _ groups: [ObjectGroup], _ what: String, _ parsed: ParsedArguments
    ) throws(UsageError) {
        if groups.contains(where: { $0.kind == .event }) {
            throw UsageError("events can't be \(what)", verb: parsed.verb)
        }
    }

    /// `NAME` or `pod/NAME`.
    static func podName(_ operand: String, verb: String) throws(UsageError) -> String {
        var name = operand[...]
        if let slash = operand.firstIndex(of: "/"), ObjectKind(word: String(operand[..<slash])) == .pod {
            name = operand[operand.index(after: slash)...]
        }
        return try objectName(String(name), of: .pod, verb: verb)
    }

    static func objectName(_ name: String, of kind: ObjectKind, verb: String) throws(UsageError) -> String {
        guard ObjectName.isSubdomain(name) else {
            throw UsageError(
                "invalid \(kind.word) name \(ObjectName.quoted(name)): \(ObjectName.subdomainRule)", verb: verb)
        }
        return name
    }

    private static func slashed(_ parsed: ParsedArguments) throws(UsageError) -> [ObjectGroup] {
        var groups: [ObjectGroup] = []
        for operand in parsed.operands {
            guard let slash = operand.firstIndex(of: "/") else { throw mixed(parsed) }
            let kind = try kind(String(operand[..<slash]), parsed)
            let name = try objectName(String(operand[operand.index(after: slash)...]), of: kind, verb: parsed.verb)
            if groups.last?.kind == kind {
                groups[groups.count - 1].names.append(name)
            } else {
                groups.append(ObjectGroup(kind, [name]))
            }
        }
        return groups
    }

    private static func mixed(_ parsed: ParsedArguments) -> UsageError {
        UsageError(
            "there is no need to specify a resource type as a separate argument when passing arguments in "
                + "resource/name form (e.g. 'podrun get resource/<resource_name>' instead of "
                + "'podrun get resource resource/<resource_name>'", verb: parsed.verb)
    }

    private static func kind(_ word: String, _ parsed: ParsedArguments) throws(UsageError) -> ObjectKind {
        if let kind = ObjectKind(word: word) { return kind }
        let problem = "the server doesn't have a resource type \(ObjectName.quoted(word))"
        throw UsageError(problem + hint(word, parsed), verb: parsed.verb)
    }

    /// None for a kind of Kubernetes: it was meant.
    private static func hint(_ word: String, _ parsed: ParsedArguments) -> String {
        let typed = word.lowercased()
        guard !others.contains(where: { [$0, $0 + "s", $0 + "es"].contains(typed) }) else { return "" }
        let words = ObjectKind.allCases.flatMap(\.words)
        let near = Suggestion.text(for: word, among: words)
        guard near.isEmpty, ObjectName.isSubdomain(word), parsed.operands.count == 1 else { return near }
        return "\n\nDid you mean this?\n\tpodrun \(parsed.verb) pod \(word)"
    }
}
