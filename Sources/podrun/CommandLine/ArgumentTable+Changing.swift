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
            Flag("dry-run", value: "STRATEGY", choices: DryRun.words, "client or server: only say what would be done"),
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
    ]
}
