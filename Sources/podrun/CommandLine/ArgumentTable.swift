/// One flag of a verb: the parser, the help text and the suggestions all read it from here.
struct Flag: Sendable, Equatable {
    let name: String
    let short: Character?
    /// How the help names the value; nil for a flag that is on or off (which may still be written `--wait=false`).
    let value: String?
    /// Values, or beginnings of values, that completion offers.
    let choices: [String]
    let help: String
    /// Works, but is not part of what users are offered.
    let isHidden: Bool

    init(
        _ name: String, short: Character? = nil, value: String? = nil, choices: [String] = [], hidden: Bool = false,
        _ help: String
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.choices = choices
        self.help = help
        isHidden = hidden
    }
}

/// One verb, or a group of verbs (`image`, `system`).
struct Verb: Sendable {
    /// The words that call it, such as `image load`.
    let path: [String]
    /// Other spellings of the last word.
    let aliases: [String]
    let summary: String
    /// What follows the words, one line per form.
    let forms: [String]
    let details: String
    let examples: [(String, String)]
    let flags: [Flag]
    let isHidden: Bool

    init(
        _ path: String, aliases: [String] = [], _ summary: String, forms: [String], details: String = "",
        examples: [(String, String)] = [], flags: [Flag] = [], hidden: Bool = false
    ) {
        self.path = path.split(separator: " ").map(String.init)
        self.aliases = aliases
        self.summary = summary
        self.forms = forms
        self.details = details
        self.examples = examples
        self.flags = flags
        isHidden = hidden
    }

    var name: String { path.joined(separator: " ") }
}

/// The command line as data.
enum ArgumentTable {
    static let globalFlags = [
        Flag("namespace", short: "n", value: "NAMESPACE", "the namespace of the objects (default: \"default\")"),
        Flag("help", short: "h", "show this help"),
        Flag("run-dir", value: "DIR", hidden: true, "where sockets and live state are, instead of /run/podrun"),
        Flag("data-dir", value: "DIR", hidden: true, "where images and pods are, instead of /var/lib/podrun"),
        Flag("log-dir", value: "DIR", hidden: true, "where the logs are, instead of /var/log/pods"),
    ]

    static let filename = Flag(
        "filename", short: "f", value: "FILE", "a manifest, a directory of them (*.yaml, *.yml, *.json), or - for stdin"
    )
    static let container = Flag(
        "container", short: "c", value: "CONTAINER",
        "the container (default: the one the annotation kubectl.kubernetes.io/default-container names, or the first)")

    static let withoutEnforcement = Flag(
        "without-enforcement",
        "run pods with limits although this host lacks the cgroup controllers that enforce them")
    static let selector = Flag(
        "selector", short: "l", value: "LABELS", "only objects with these labels, such as app=web,tier!=back")
    static let allNamespaces = Flag("all-namespaces", short: "A", "objects of all namespaces")
    static let fieldSelector = Flag(
        "field-selector", value: "SELECTOR",
        "only objects with these fields, such as status.phase=Running,metadata.name!=web")
    static let dryRun = Flag(
        "dry-run", value: "STRATEGY", choices: DryRun.words, "client or server: only say what would be done")
    static let outputOfChanges = Flag(
        "output", short: "o", value: "FORMAT", choices: OutputFormat.choices(of: OutputFormat.ofChangedObjects),
        "json, yaml, name or jsonpath=TEMPLATE: print the object instead of what was done")
    /// Of the verbs that write objects.
    private static let writing = [
        filename,
        Flag("wait", "wait for the first start of every container (default: true)"),
        dryRun,
        outputOfChanges,
        withoutEnforcement,
    ]
    private static func force(_ help: String) -> Flag { Flag("force", help) }
    private static let gracePeriod = Flag(
        "grace-period", value: "SECONDS",
        "with --force: seconds for what is deleted to end in, instead of the pod's own")

    static let verbs: [Verb] =
        [
            Verb(
                "apply", "Create or change objects from manifests", forms: ["[-f] FILE|DIR|-..."],
                details: """
                    All manifests are read and checked first; if one has an error, nothing is started and every error is
                    printed with file:line:column. ConfigMaps, Secrets and PersistentVolumeClaims are stored before pods
                    are started; one that exists is replaced. A pod that exists is changed in place where Kubernetes allows
                    it: images, labels, annotations, a lower deadline, more tolerations, cpu and memory (resizePolicy says
                    whether the container restarts). The command ends when each container has had its first start or
                    failure. A pod whose container can't start stays and is tried
                    again; see `podrun describe pod NAME`.
                    """,
                examples: [
                    ("podrun apply pod.yaml", "start the pods of a file"),
                    ("cat pod.yaml | podrun apply -", "read the manifest from stdin"),
                    ("podrun apply pod.yaml --force", "delete and make again what can't be changed in place"),
                ],
                flags: writing + [force("what can't be changed in place is deleted and made again"), gracePeriod]),
            Verb(
                "replace", "Replace objects that exist", forms: ["-f FILE|DIR|-"],
                details:
                    "As apply, but what does not exist is an error. With --force each object is deleted and made again.",
                examples: [("podrun replace --force -f pod.yaml", "a new pod of the same name")],
                flags: writing + [force("delete each object, then make it again"), gracePeriod]),
            Verb(
                "create", "Create objects from manifests, or ConfigMaps and Secrets from files and values",
                forms: ["-f FILE|DIR|-"], details: "As apply, but what exists is an error.",
                examples: [("podrun create -f pod.yaml", "a pod that must be new")], flags: writing),
        ] + createVerbs + [
            runVerb,
            Verb(
                "wait", "Wait until objects are as wanted",
                forms: ["KIND NAME... --for WHAT", "KIND/NAME... --for WHAT"],
                details: """
                    WHAT is condition=TYPE or condition=TYPE=STATUS, create, delete, or jsonpath=PATH=VALUE. The exit code is 1
                    when the time is over before.
                    """,
                examples: [
                    ("podrun wait pod/web --for=condition=Ready", "until it can be used"),
                    ("podrun wait pod/job --for=jsonpath='{.status.phase}'=Succeeded --timeout=5m", "until it is done"),
                    ("podrun wait pods --all --for=delete", "until all are gone"),
                ],
                flags: [
                    Flag("for", value: "WHAT", choices: WaitOptions.conditionWords, "what to wait for"),
                    Flag("timeout", value: "DURATION", "how long (default: 30s); 0 looks once, -1s waits for ever"),
                    Flag("all", "all objects of the kind in the namespace"),
                    allNamespaces,
                    selector,
                ]),
            Verb(
                "get", "List pods and other objects", forms: ["KIND [NAME...]", "KIND,KIND...", "KIND/NAME..."],
                details: """
                    KIND is pods (po), configmaps (cm), secrets, persistentvolumeclaims (pvc), events (ev), or all, which means
                    pods, as `podrun api-resources` lists them.
                    """,
                examples: [
                    ("podrun get pods", "list the pods of the namespace"),
                    ("podrun get pods -A -o wide", "all namespaces, with IP addresses"),
                    ("podrun get pod web -o yaml", "one pod as YAML"),
                    ("podrun get secret db -o yaml", "a Secret with its values, in base64"),
                    ("podrun get pods -w", "list, then print each change"),
                    ("podrun get pods,cm --show-labels", "two kinds, with their labels"),
                    ("podrun get pods -o jsonpath='{.items[*].status.podIP}'", "only their addresses"),
                    ("podrun get events --field-selector involvedObject.name=web,type=Warning", "what went wrong"),
                ],
                flags: [
                    Flag(
                        "output", short: "o", value: "FORMAT", choices: OutputFormat.choices(),
                        "wide, json, yaml, name, jsonpath=TEMPLATE or custom-columns=HEADER:PATH,..."),
                    Flag("sort-by", value: "JSONPATH", "sort by this field, such as .metadata.creationTimestamp"),
                    Flag("watch", short: "w", "list, then print every change until interrupted"),
                    Flag("watch-only", "print every change, without the list at first"),
                    Flag("output-watch-events", "with --watch: print ADDED, MODIFIED or DELETED with each object"),
                    allNamespaces,
                    selector,
                    fieldSelector,
                    Flag("show-labels", "labels as the last column"),
                    Flag("label-columns", short: "L", value: "LABELS", "a column for each of these labels"),
                    Flag("show-kind", "the kind before each name"),
                    Flag("ignore-not-found", "what does not exist is no error"),
                    Flag("no-headers", "leave the table's header out"),
                ]),
            Verb(
                "events", "List events by time", forms: [""],
                details: "Events are kept for an hour, also those of pods that are gone.",
                examples: [
                    ("podrun events --for pod/web -w", "what happens to a pod, as it happens"),
                    ("podrun events --types=Warning -A", "everything that went wrong"),
                ],
                flags: [
                    Flag("for", value: "KIND/NAME", "only events of this object"),
                    Flag(
                        "types", value: "TYPES", choices: ["Normal", "Warning"],
                        "only events of these types: Normal, Warning"),
                    Flag("watch", short: "w", "list, then print every event until interrupted"),
                    allNamespaces,
                    Flag(
                        "output", short: "o", value: "FORMAT", choices: OutputFormat.choices(of: OutputFormat.ofEvents),
                        "json, yaml, name or jsonpath=TEMPLATE"),
                    Flag("no-headers", "leave the table's header out"),
                ]),
            Verb(
                "describe", "Show an object's state, and a pod's recent events",
                forms: ["KIND NAME...", "KIND", "KIND/NAME..."],
                details: "KIND as for get. Of a Secret the sizes are shown, not the values.",
                examples: [
                    ("podrun describe pod web", "why does it not start?"),
                    ("podrun describe pod web --namespaces", "and who shares what in it"),
                ],
                flags: [
                    allNamespaces,
                    selector,
                    Flag("show-events", "show the events (default: true)"),
                    Flag("namespaces", "show a pod's processes and Linux namespaces too, as ns does"),
                ]),
            Verb(
                "ns", aliases: ["namespaces"], "Show the processes of pods and which Linux namespaces they share",
                forms: ["[POD...]"],
                details: """
                    For each pod a tree of its processes, with their numbers on the host and, in brackets, in the container;
                    a table of the namespaces each is in: its own, pause's, another container's or the host's; and a table
                    of the namespaces with their inodes and who is in them. All of it is read from /proc.
                    """,
                examples: [
                    ("podrun ns web", "who shares what in a pod"),
                    ("podrun ns web --svg web.svg", "a picture of it"),
                    ("podrun ns web -o dot | dot -Tpng > web.png", "a graph, by Graphviz"),
                ],
                flags: [
                    Flag("output", short: "o", value: "FORMAT", choices: ["json", "dot"], "json or dot"),
                    Flag("svg", value: "FILE", "write a picture; - is stdout"),
                    allNamespaces,
                ]),
        ] + containerVerbs + debugVerbs + changingVerbs + [
            Verb(
                "delete", "Delete pods and other objects",
                forms: ["KIND NAME...", "KIND/NAME...", "KIND[,KIND...] --all", "-f FILE|DIR|-"],
                details: "KIND as for get.",
                examples: [
                    ("podrun delete pod web", "stop it, giving its processes their grace period"),
                    ("podrun delete pods --all --now", "stop everything within a second"),
                    ("podrun delete pods,cm -l app=web", "all pods and ConfigMaps with a label"),
                    ("podrun delete -f pod.yaml", "delete what a manifest names"),
                ],
                flags: [
                    filename,
                    Flag("all", "all objects of the kind in the namespace"),
                    Flag("all-namespaces", short: "A", "with --all or a selector: of all namespaces"),
                    selector,
                    fieldSelector,
                    Flag("grace-period", value: "SECONDS", "seconds to end in, instead of the pod's own"),
                    Flag("now", "as --grace-period=1"),
                    Flag("force", hidden: true, "as --grace-period=0"),
                    Flag("wait", "return after the pods are gone (default: true)"),
                    Flag("ignore-not-found", "what does not exist is no error"),
                    dryRun,
                    Flag("output", short: "o", value: "FORMAT", choices: ["name"], "name: print only KIND/NAME"),
                ]),
            Verb(
                "explain", "Say what the fields of an object mean", forms: ["TYPE[.FIELD...]"],
                details: """
                    Every field that podrun reads is there; those that it refuses so far are marked. Lists and maps are passed
                    through: pod.spec.containers.image.
                    """,
                examples: [
                    ("podrun explain pod.spec.containers", "the fields of a container"),
                    ("podrun explain pod.spec.volumes --recursive", "names and types of all that is below"),
                ],
                flags: [
                    Flag("recursive", "the fields of fields too, without their meaning"),
                    Flag("conformance", hidden: true, "print docs/conformance.md"),
                ]),
            Verb(
                "api-resources", "List the kinds of objects", forms: [""],
                examples: [
                    ("podrun api-resources", "every kind, with its short names"),
                    ("podrun api-resources -o wide", "and what can be done with it"),
                ],
                flags: [
                    Flag("output", short: "o", value: "FORMAT", choices: ["wide", "name"], "wide or name"),
                    Flag("namespaced", "only those in namespaces (all are)"),
                    Flag("no-headers", "leave the table's header out"),
                ]),
            Verb(
                "plan", "Show what apply would do, step by step, without doing it", forms: ["[-f] FILE|DIR|-..."],
                details: "Pods see the ConfigMaps and Secrets of the same files; values of Secrets are not shown.",
                examples: [("podrun plan pod.yaml", "every directory, mount, limit and system call of its start")],
                flags: [filename]),
        ] + resourceVerbs + labVerbs + imageVerbs + [
            Verb(
                "system info", "Check what this host offers and what is missing", forms: [""],
                details: "Ends with 1 if something that podrun can't do without is missing.",
                examples: [("podrun system info", "before the first pod")]),
            Verb(
                "system check", "Look for what is wrong on this host, and for what is left of pods that are gone",
                forms: ["[--repair]"],
                details: """
                    Looks at the host, at podrun's directories and their modes, for keepers, cgroups, mounts, links and
                    directories of pods that no object is there of, at the bridge, forwarding, addresses and firewall rules of
                    the pods that run, and for half-unpacked layers. Ends with 1 if something is wrong. --repair removes what
                    is left and sets right what it can, also beside an agent; pods that live are not touched.
                    """,
                examples: [("podrun system check --repair", "after somebody killed what should not be killed")],
                flags: [
                    Flag("repair", "remove what is left of pods that are gone, and set right what can be"),
                    Flag("output", short: "o", value: "FORMAT", choices: ["json"], "json: for a program to read"),
                ]),
            Verb(
                "version", "Print the version", forms: [""],
                examples: [("podrun version -o json", "for a program to read")],
                flags: [
                    Flag("output", short: "o", value: "FORMAT", choices: ["json", "yaml"], "json or yaml"),
                    Flag("client", hidden: true, "kubectl's; there is no server"),
                ]),
            Verb(
                "agent", "Run the agent in the foreground", forms: [""],
                details: """
                    Other commands start an agent in the background when there is none, so this is for systemd and for
                    looking at what it does. Containers do not depend on it: they run on when it ends.
                    """,
                examples: [
                    ("podrun agent --stop", "the next command starts the agent of the podrun that is installed now")
                ],
                flags: [
                    Flag("idle-timeout", value: "SECONDS", "end after so long without a pod (default: never)"),
                    Flag("stop", "end the agent that runs, for an upgrade; pods go on"),
                    Flag(
                        "image-gc-high-threshold", value: "PERCENT",
                        "use of the images' disk from which unused images are removed (default: 85)"),
                    Flag(
                        "image-gc-low-threshold", value: "PERCENT", "the use that is aimed at then (default: 80)"),
                    Flag(
                        "minimum-image-ttl-duration", value: "DURATION",
                        "how long a new image is left alone (default: 2m)"),
                    Flag(
                        "image-maximum-gc-age", value: "DURATION",
                        "remove images that were unused for so long (default: never)"),
                    Flag(
                        "image-gc-period", value: "DURATION", hidden: true, "how often that is looked at (default: 5m)"),
                    Flag(
                        "ready-fd", value: "NUMBER", hidden: true, "gets a zero byte, or an error text, when it is up"),
                ]),
            Verb(
                "completion", "Print the script that completes podrun's commands in a shell",
                forms: [CompletionScript.allCases.map(\.rawValue).joined(separator: "|")],
                details: """
                    Commands, flags, kinds, and names of pods, containers and images are completed; those that only root can
                    see need a root shell.
                    """,
                examples: [
                    ("source <(podrun completion bash)", "in this bash; the same line in ~/.bashrc for every one"),
                    ("podrun completion zsh >/usr/local/share/zsh/site-functions/_podrun", "for every zsh"),
                    ("podrun completion fish >/etc/fish/completions/podrun.fish", "for every fish"),
                ]),
            Verb(
                "help", "Show the help of a command", forms: ["[COMMAND]"],
                examples: [("podrun help image load", "as podrun image load --help")],
                flags: [Flag("man", value: "DIR", hidden: true, "write the manual pages into this directory")]),
        ]

    /// What is in front of the second word of the groups.
    static let groups = [
        ("image", "Look at, load, save, check and remove images"), ("lab", "See live on this host how pods work"),
        ("system", "Look at the host"),
        ("set", "Change parts of pods"), ("top", "Show the CPU and memory in use"),
    ]
}
