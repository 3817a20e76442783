/// The verbs about CPU and memory.
extension ArgumentTable {
    private static let topFlags = [
        Flag(
            "sort-by", value: "RESOURCE", choices: ["cpu", "memory"],
            "cpu or memory: the largest first, instead of by name"),
        Flag("no-headers", "leave the table's header out"),
    ]

    static let resourceVerbs: [Verb] = [
        Verb(
            "set resources", "Change limits and requests of pods",
            forms: [
                "KIND NAME... [-c CONTAINER] [--limits LIST] [--requests LIST]",
                "KIND/NAME... [-c CONTAINER] [--limits LIST] [--requests LIST]",
            ],
            details: """
                KIND is pod. LIST is as cpu=200m,memory=512Mi. Running containers are changed in place, or restarted where
                their resizePolicy says so. What the host can't give, now or ever, is said; the pod goes on with what it has meanwhile.
                """,
            examples: [
                ("podrun set resources pod web --limits=cpu=500m", "all containers of a pod"),
                ("podrun set resources pod/web -c app --limits=memory=256Mi --requests=memory=128Mi", "one of them"),
            ],
            flags: [
                Flag("containers", short: "c", value: "NAME", "this container (default: all but init containers)"),
                Flag("limits", value: "LIST", "what they may use at most"),
                Flag("requests", value: "LIST", "what is kept for them"),
                Flag("all", "all pods of the namespace"),
                selector,
                dryRun,
                outputOfChanges,
            ]),
        Verb(
            "set image", "Change images of pods",
            forms: ["KIND NAME... CONTAINER=IMAGE...", "KIND/NAME... CONTAINER=IMAGE..."],
            details: "KIND is pod. Containers whose image changes are restarted in place. * means all containers.",
            examples: [("podrun set image pod/web app=nginx:1.28", "another image of a container")],
            flags: [Flag("all", "all pods of the namespace"), selector, dryRun, outputOfChanges]),
        Verb(
            "top pod", aliases: ["pods", "po"], "Show the CPU and memory that pods use", forms: ["[POD]"],
            details: """
                CPU is that of the last half second, memory the working set: without file pages that were not used lately. Where
                the host has no cgroup v2 memory controller, memory is what the processes have, shared pages in parts.
                """,
            examples: [
                ("podrun top pod --sort-by=memory", "the pods of the namespace, the largest first"),
                ("podrun top pod web --containers", "each container of a pod"),
                ("podrun top pod -A -o wide", "all namespaces, with what processes had to wait for"),
            ],
            flags: topFlags + [
                Flag("containers", "each container"),
                Flag("sum", "the sum below"),
                Flag("output", short: "o", value: "FORMAT", "wide: for how much of the last 10 s some process waited"),
                allNamespaces,
                selector,
                fieldSelector,
            ]),
        Verb(
            "top node", aliases: ["nodes", "no"], "Show the CPU and memory that the host uses", forms: [""],
            examples: [("podrun top node", "is the host full?")],
            flags: topFlags),
    ]
}
