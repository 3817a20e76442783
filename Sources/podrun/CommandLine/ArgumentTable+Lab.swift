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
            flags: labFlags),
        Verb(
            "lab trace", "Start a pod and show when what happened, to the microsecond", forms: ["[-f] FILE|-"],
            details: """
                Prints a waterfall of the start: what the agent did, when the keeper cloned, and every step of pause and of
                each container up to its exec, with the clock's own times. The pod must be new; it is deleted afterwards.
                Its annotation podrun/trace: "true" is what has the times written down, in the pod's run directory.
                """,
            examples: [
                ("podrun lab trace pod.yaml", "where the time of a start goes"),
                ("podrun lab trace --keep pod.yaml", "and let the pod run on"),
            ],
            flags: [filename, Flag("keep", "do not delete the pod afterwards")] + labFlags),
        Verb(
            "lab limits", "See a cpu limit throttle and a memory limit kill", forms: ["[--yes]"],
            details: """
                Draws what two containers take of the processor, and what a third takes of memory until the kernel kills it,
                as the files of their cgroups say. Needs the cgroup v2 controllers cpu and memory.
                """,
            examples: [("podrun lab limits", "watch them")], flags: labFlags),
        Verb(
            "lab probes", "See a readiness probe make a pod ready and not", forms: ["[--yes]"],
            details: "A probe looks at a file, which comes and goes; the pod's readiness follows.",
            examples: [("podrun lab probes", "watch it")], flags: labFlags),
    ]

    private static let labFlags = [
        Flag("yes", short: "y", "do not wait for Enter"),
        Flag("no-color", "no colours, also on a terminal (as NO_COLOR in the environment)"),
    ]
}
