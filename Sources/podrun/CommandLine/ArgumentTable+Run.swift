/// The verb that runs one pod.
extension ArgumentTable {
    /// Of `run --image`.
    private static let imageFlags = [
        Flag("image", value: "IMAGE", "make a pod of this image"),
        Flag("command", "what follows -- is the container's command instead of its arguments"),
        Flag("env", value: "NAME=VALUE", "a variable of its environment; may be repeated"),
        Flag("port", value: "PORT", "a port that it listens on"),
        Flag("labels", short: "l", value: "LABELS", "its labels, such as app=web,tier=front (default: run=NAME)"),
        Flag("annotations", value: "KEY=VALUE", "an annotation; may be repeated"),
        Flag(
            "restart", value: "POLICY", choices: ["Always", "OnFailure", "Never"],
            "Always (default), OnFailure or Never"),
        Flag(
            "image-pull-policy", value: "POLICY", choices: DebugOptions.pullPolicies, "Always, IfNotPresent or Never"),
        Flag("stdin", short: "i", "keep its stdin open, and attach to it"),
        Flag("tty", short: "t", "give it a terminal, and attach to it"),
        Flag("attach", "attach to it when it runs (default: with -i or -t)"),
        Flag("quiet", short: "q", "only the container's output"),
        dryRun,
        outputOfChanges,
    ]

    static let runVerb =
        Verb(
            "run", "Run a pod in the foreground, or make one of an image",
            forms: ["[-f] FILE|DIR|-...", "NAME --image IMAGE [-it] [-- ARGUMENT...]"],
            details: """
                With --image, as kubectl's run: makes a pod of one container and returns, or attaches to it with -i or -t.
                With a manifest: prints what the containers write, each line with its container's name. Ends when the pod does, with the
                exit code of the first container that failed, and deletes the pod. Ctrl-C ends the pod within its grace
                period, Ctrl-C again at once. Other objects of the files are applied before the pod, and stay.
                """,
            examples: [
                ("podrun run job.yaml", "run a pod to its end"),
                ("podrun run --rm=false job.yaml", "and keep it, to look at it"),
                ("podrun run -it --rm shell --image=busybox --restart=Never -- sh", "a shell for a while"),
                ("podrun run web --image=nginx --port=80 --dry-run=client -o yaml", "a manifest to begin with"),
            ],
            flags: [
                filename,
                Flag("rm", "delete the pod when it has ended (default: true; false with --image)"),
                withoutEnforcement,
            ] + imageFlags)
}
