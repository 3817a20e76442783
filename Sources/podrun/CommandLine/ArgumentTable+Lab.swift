extension ArgumentTable {
    static let labVerbs: [Verb] = [
        Verb(
            "lab pause", "Walk through a pod: pause, namespaces, containers, what survives what", forms: ["[--yes]"],
            details: """
                Makes a real pod step by step, says what is done by which system call, and shows the proof: every number is
                read from the kernel. Needs no image and no network. Waits for Enter between the steps on a terminal. What
                it made is gone at the end, also after Ctrl-C.
                """,
            examples: [
                ("podrun lab pause", "step by step"),
                ("podrun lab pause --yes --no-color > pause.txt", "all of it at once, into a file"),
            ],
            flags: labFlags)
    ]

    private static let labFlags = [
        Flag("yes", short: "y", "do not wait for Enter"),
        Flag("no-color", "no colours, also on a terminal (as NO_COLOR in the environment)"),
    ]
}
