extension ArgumentTable {
    static let debugVerbs: [Verb] = [
        Verb(
            "debug", "Look into a pod with a container of another image",
            forms: [
                "POD --image IMAGE [--target CONTAINER] [-i] [-t] [-- COMMAND [ARGUMENT...]]",
                "POD --copy-to NAME [-c CONTAINER] [--image IMAGE] [-i] [-t] [-- COMMAND [ARGUMENT...]]",
            ],
            details: """
                Adds an ephemeral container to a pod that runs: it shares the pod's network, and with --target the processes
                of one of its containers, whose files are then below /proc/PID/root. It runs once, and goes with the pod. With --copy-to the pod is left
                alone: another one is made like it, with one more container or one changed, all seeing each other's
                processes; probes and labels are left out.
                """,
            examples: [
                ("podrun debug web -it --image busybox --target app", "a shell next to a container that has none"),
                (
                    "podrun debug web --image busybox -c watch -- top -b",
                    "in the background; see `podrun logs web -c watch`"
                ),
                (
                    "podrun debug web --copy-to try -it -c app -- sh",
                    "the same pod, with a shell instead of its program"
                ),
            ],
            flags: [
                Flag("image", value: "IMAGE", "the image of the container"),
                Flag(
                    "container", short: "c", value: "NAME",
                    "the name of the new container (default: one that is made up)"),
                Flag("target", value: "CONTAINER", "the container whose processes it sees"),
                Flag("stdin", short: "i", "keep its stdin open, and attach to it"),
                Flag("tty", short: "t", "give it a terminal"),
                Flag("attach", "attach to it when it runs (default: with -i)"),
                Flag("env", value: "NAME=VALUE", "a variable of its environment; may be repeated"),
                Flag("arguments-only", "what follows -- are arguments of the image's entrypoint"),
                Flag(
                    "image-pull-policy", value: "POLICY", choices: DebugOptions.pullPolicies,
                    "Always, IfNotPresent or Never"),
                Flag(
                    "profile", value: "PROFILE", choices: DebugProfile.allCases.map(\.rawValue),
                    "what it may do: general (trace processes), baseline, restricted, netadmin, sysadmin (default: general)"
                ),
                Flag("copy-to", value: "NAME", "make a copy of the pod instead"),
                Flag("set-image", value: "CONTAINER=IMAGE", "in the copy: another image; * means all containers"),
                Flag("share-processes", "in the copy: all see each other's processes (default: true)"),
                Flag("replace", "delete the pod that was copied, at once"),
                Flag("keep-labels", "the copy has the pod's labels"),
                Flag("keep-annotations", "the copy has the pod's annotations"),
                Flag("keep-liveness", "the copy has the liveness probes"),
                Flag("keep-readiness", "the copy has the readiness probes"),
                Flag("keep-startup", "the copy has the startup probes"),
                Flag("keep-init-containers", "the copy has the init containers (default: true)"),
                Flag("same-node", hidden: true, "kubectl's; there is only one"),
                Flag("quiet", short: "q", "only the container's output"),
            ])
    ]
}
