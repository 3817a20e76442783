/// The verbs about what runs in containers.
extension ArgumentTable {
    static let containerVerbs: [Verb] = [
        Verb(
            "logs", aliases: ["log"], "Print a container's output", forms: ["POD [-c CONTAINER]", "-l LABELS"],
            details: """
                Lines are printed as the container wrote them; on a terminal, control characters other than colours are
                shown, not obeyed. With -f the command ends when the container does.
                """,
            examples: [
                ("podrun logs web", "the default container's output"),
                ("podrun logs -f web -c app --tail 20", "the last 20 lines, then what comes"),
                ("podrun logs --previous web", "the output before the last restart"),
                ("podrun logs web --all-containers --prefix", "every container, each line with its origin"),
                ("podrun logs -l app=web -f --prefix", "all pods with a label, as their lines come"),
            ],
            flags: [
                container,
                Flag("all-containers", "every container of the pod"),
                Flag("follow", short: "f", "print what comes until the container ends"),
                Flag("previous", short: "p", "the instance before the last restart"),
                selector,
                Flag(
                    "max-log-requests", value: "NUMBER", "with -f: at most so many containers at once (default: 5)"),
                Flag("tail", value: "LINES", "only the last LINES lines (-1: all; with -l: 10)"),
                Flag("since", value: "DURATION", "only lines newer than this, such as 5s, 2m or 3h"),
                Flag("since-time", value: "TIME", "only lines after this RFC 3339 time"),
                Flag("timestamps", "the time before each line"),
                Flag("prefix", "pod and container before each line"),
                Flag("limit-bytes", value: "BYTES", "at most this many bytes per container"),
            ]),
        Verb(
            "exec", "Run a command in a container",
            forms: ["POD [-c CONTAINER] [-i] [-t] -- COMMAND [ARGUMENT...]"],
            details:
                "The command's exit code becomes podrun's; a command killed by a signal gives 128 + the signal.",
            examples: [
                ("podrun exec web -- ls /", "run one command"),
                ("podrun exec -it web -c app -- sh", "a shell on a terminal"),
            ],
            flags: [
                container,
                Flag("stdin", short: "i", "pass stdin on"),
                Flag("tty", short: "t", "give the command a terminal"),
                Flag("quiet", short: "q", "only the command's output"),
            ]),
        Verb(
            "attach", "See a container's output as it comes, and type into it",
            forms: ["POD [-c CONTAINER] [-i] [-t]"],
            details: """
                Output is shown from now on, lines that are not finished too; `podrun logs` has what was before. Input goes
                to containers with `stdin: true`. A container that writes faster than the output is taken here waits, but
                three seconds at most for a command that takes nothing. It ends with the container, when its own input ends,
                or by Ctrl-C (with -t that key is the container's). Its exit code is not the container's.
                """,
            examples: [
                ("podrun attach web", "the default container's output from now on"),
                ("podrun attach shell -it", "a container with a terminal"),
            ],
            flags: [
                container,
                Flag("stdin", short: "i", "pass stdin on to the container"),
                Flag("tty", short: "t", "stdin is a terminal"),
                Flag("quiet", short: "q", "only the container's output"),
            ]),
        Verb(
            "cp", "Copy files from and to containers",
            forms: ["[NAMESPACE/]POD:PATH LOCAL [-c CONTAINER]", "LOCAL [NAMESPACE/]POD:PATH [-c CONTAINER]"],
            details: """
                The image needs no tar. From a container, a directory's entries go into LOCAL, which is made where
                missing; links that lead out of the copied tree are left out. To a container, a PATH that is a directory
                gets the source as a new entry. A relative PATH starts at the container's working directory.
                """,
            examples: [
                ("podrun cp web:/var/log/app ./logs", "a directory out of the default container"),
                ("podrun cp site.conf web:/etc/nginx/conf.d/ -c app", "a file into a container"),
            ],
            flags: [
                container,
                Flag("no-preserve", "to a container: neither owners nor special permissions"),
                Flag(
                    "retries", value: "NUMBER",
                    "from a container: make a copy that broke off again, up to NUMBER times"),
            ]),
        Verb(
            "port-forward", "Reach ports of a pod at this host's localhost",
            forms: ["POD [LOCAL:]REMOTE..."],
            details: """
                Each client of the local port is connected to the pod's own localhost, so a server that listens only there is
                reached too. REMOTE is a number or a port's name; LOCAL is the same unless given, and any free port where
                it is empty (:80). It ends with the pod, or by Ctrl-C.
                """,
            examples: [
                ("podrun port-forward web 8080:80", "localhost:8080 is the pod's port 80"),
                ("podrun port-forward pod/web :http --address 0.0.0.0", "a free port, for other hosts too"),
            ],
            flags: [
                Flag("address", value: "ADDRESSES", "where to listen: addresses of this host (default: localhost)")
            ]),
    ]
}
