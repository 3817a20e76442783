/// The verbs that change what is there.
extension ArgumentTable {
    private static func metadataFlags(_ word: String) -> [Flag] {
        [
            Flag("overwrite", "replace \(word)s that have another value"),
            Flag("all", "all objects of the kind in the namespace"),
            allNamespaces,
            selector,
            fieldSelector,
            Flag("list", "print the \(word)s, after the change if there is one"),
            Flag("resource-version", value: "VERSION", "only if the object is of this version"),
            dryRun,
            outputOfChanges,
            filename,
        ]
    }

    static let changingVerbs: [Verb] = [
        Verb(
            "label", "Add, change and remove labels of objects",
            forms: ["KIND NAME... KEY=VALUE... [KEY-...]", "KIND/NAME... KEY=VALUE... [KEY-...]"],
            details: """
                KEY- removes a label. A label that has another value is only changed with --overwrite. Containers are not
                touched; volumes that show labels follow.
                """,
            examples: [
                ("podrun label pod web tier=front", "a new label"),
                ("podrun label pod web tier=back --overwrite", "another value"),
                ("podrun label pods --all tier-", "without the label"),
                ("podrun label pod web --list", "what labels it has"),
            ],
            flags: metadataFlags("label")),
        Verb(
            "annotate", "Add, change and remove annotations of objects",
            forms: ["KIND NAME... KEY=VALUE... [KEY-...]", "KIND/NAME... KEY=VALUE... [KEY-...]"],
            details: "KEY- removes an annotation. One that has another value is only changed with --overwrite.",
            examples: [
                ("podrun annotate pod web description='the front page'", "a new annotation"),
                ("podrun annotate pod web description-", "without it"),
            ],
            flags: metadataFlags("annotation")),
        Verb(
            "patch", "Change fields of objects", forms: ["KIND NAME... -p PATCH", "KIND/NAME... -p PATCH"],
            details: """
                PATCH is JSON or YAML. What of a pod can be changed in place is what apply can change. Of a strategic patch
                lists of objects are merged by name; a merge patch (RFC 7386) replaces them; a json patch (RFC 6902) is a
                list of operations.
                """,
            examples: [
                (
                    #"podrun patch pod web -p '{"spec":{"containers":[{"name":"app","image":"nginx:1.28"}]}}'"#,
                    "another image"
                ),
                (#"podrun patch cm site --type=merge -p '{"data":{"color":null}}'"#, "without an entry"),
                (
                    #"podrun patch pod web --type=json -p '[{"op":"remove","path":"/metadata/labels/tier"}]'"#,
                    "without a label"
                ),
            ],
            flags: [
                Flag("patch", short: "p", value: "PATCH", "what changes"),
                Flag("patch-file", value: "FILE", "a file of it, or - for stdin"),
                Flag(
                    "type", value: "TYPE", choices: ObjectPatch.Kind.allCases.map(\.rawValue),
                    "strategic (default), merge or json"),
                dryRun,
                outputOfChanges,
            ]),
        Verb(
            "edit", "Change an object in an editor", forms: ["KIND NAME...", "KIND/NAME..."],
            details: """
                The editor is $KUBE_EDITOR, $EDITOR or vi. What can't be changed opens it again, with the reason; an empty file,
                or one that is left as it was, changes nothing.
                """,
            examples: [
                ("podrun edit pod web", "its labels, say, or an image"),
                ("KUBE_EDITOR=nano podrun edit cm/site", "with another editor"),
            ],
            flags: [
                dryRun
            ]),
        Verb(
            "diff", "Show what apply would change", forms: ["[-f] FILE|DIR|-..."],
            details: """
                Compares the objects that are there with what they would be, by `diff -u -N` or the program that
                $KUBECTL_EXTERNAL_DIFF names. Ends with 0 when nothing differs, with 1 when something does, and with more
                when that can't be said. Values of Secrets are not shown.
                """,
            examples: [("podrun diff pod.yaml", "before podrun apply pod.yaml")], flags: [filename]),
    ]
}
