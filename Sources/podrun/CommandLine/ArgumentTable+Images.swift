/// The verbs about images, and the hidden ones that do the agent's slow work.
extension ArgumentTable {
    private static let pullFlags = [
        Flag(
            "platform", value: "OS/ARCH[/VARIANT]", choices: ["linux/amd64", "linux/arm64"],
            "the platform to pull for, instead of this host's"),
        Flag(
            "creds", value: "USER[:PASSWORD]",
            "log in with these, instead of what is stored; asks for the password when it is left out"),
        Flag("quiet", short: "q", "print only the image's name"),
        Flag("output", short: "o", value: "FORMAT", choices: ["json"], "json: every step as one line of JSON"),
    ]

    static let imageVerbs: [Verb] = [
        Verb(
            "pull", "Pull images from registries", forms: ["IMAGE..."],
            details: """
                Credentials come from containers' auth.json and ~/.docker/config.json, mirrors and insecure registries
                from registries.conf. Layers that are here already are not fetched again.
                """,
            examples: [
                ("podrun pull nginx:1.27", "by tag"),
                ("podrun pull --creds me registry.example.com/app:2", "asks for the password"),
            ],
            flags: pullFlags),
        Verb("image pull", "Pull images from registries", forms: ["IMAGE..."], flags: pullFlags, hidden: true),
        Verb(
            "image ls", aliases: ["list"], "List images", forms: [""],
            examples: [("podrun image ls", "every image, with its size")],
            flags: [Flag("no-headers", "leave the table's header out")]),
        Verb(
            "image inspect", "Show all that is known of images", forms: ["IMAGE..."],
            details: "IMAGE is a name, name@digest, or the beginning of an image ID.",
            examples: [("podrun image inspect nginx:1.27", "its layers, user, environment and command")],
            flags: [Flag("output", short: "o", value: "FORMAT", choices: ["json", "yaml"], "json (default) or yaml")]),
        Verb(
            "image load", "Load an image from a file or directory", forms: ["PATH"],
            details: "PATH is an OCI image layout (a directory or a tar of one) or an archive made by docker save.",
            examples: [("podrun image load web.tar --name web:1", "load it under a name of your own")],
            flags: [Flag("name", value: "NAME", "the image's name, instead of the one in the archive")]),
        Verb(
            "image save", "Save images to an OCI archive", forms: ["IMAGE... -o FILE"],
            details: "podrun image load, podman load and skopeo read it.",
            examples: [("podrun image save nginx:1.27 redis:7 -o images.tar", "two images in one archive")],
            flags: [Flag("output", short: "o", value: "FILE", "where to, instead of stdout")]),
        Verb(
            "image verify", "Check images against their digests", forms: ["[IMAGE...]"],
            details: """
                Hashes every blob, unpacks every layer again and compares it with what containers run from. Ends with 1
                when something is damaged, and names it. Without IMAGE all images are checked.
                """,
            examples: [("podrun image verify", "is anything damaged?")]),
        Verb(
            "image rm", aliases: ["remove"], "Remove images", forms: ["IMAGE..."],
            details: "An image that a pod uses, also one that has ended, stays: delete the pod first.",
            examples: [("podrun image rm nginx:1.26 redis:6", "two images")]),
        Verb(
            "image prune", "Remove images that nothing uses", forms: [""],
            details: "Without -a only images without a name: another image was loaded or pulled under it since.",
            examples: [("podrun image prune -af", "everything that no pod uses, without asking")],
            flags: [
                Flag("all", short: "a", "also images with a name that no pod uses"),
                Flag("force", short: "f", "do not ask"),
            ]),
        Verb("worker", "Do slow work for the agent", forms: ["NAME [ARGUMENT...]"], hidden: true),
    ]
}
