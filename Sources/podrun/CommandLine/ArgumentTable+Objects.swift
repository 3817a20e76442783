/// The verbs that make ConfigMaps and Secrets from what is on the command line.
extension ArgumentTable {
    private static let output = [
        outputOfChanges,
        Flag("dry-run", value: "STRATEGY", choices: DryRun.words, "client or server: only print what would be created"),
    ]
    private static let fromFile = Flag(
        "from-file", value: "[KEY=]PATH",
        "a file, under its own name or KEY; of a directory each file whose name can be a key")
    private static let sources = [
        fromFile,
        Flag("from-literal", value: "KEY=VALUE", "a value; it can be seen in the host's list of processes"),
        Flag("from-env-file", value: "PATH", "a file of lines KEY=VALUE, each an entry"),
    ]

    static let createVerbs: [Verb] = [
        Verb(
            "create configmap", aliases: ["cm"], "Create a ConfigMap from files, directories or values",
            forms: ["NAME [--from-file [KEY=]PATH]... [--from-literal KEY=VALUE]..."],
            examples: [
                ("podrun create configmap site --from-file=nginx.conf", "a file under its name"),
                ("podrun create cm site --from-literal=color=blue --dry-run=client -o yaml", "as a manifest"),
            ],
            flags: sources + output),
        Verb(
            "create secret generic", "Create a Secret from files, directories or values",
            forms: ["NAME [--type TYPE] [--from-file [KEY=]PATH]... [--from-literal KEY=VALUE]..."],
            examples: [
                ("podrun create secret generic db --from-file=password=./password.txt", "a value from a file"),
                ("pass db | podrun create secret generic db --from-file=password=/dev/stdin", "from another command"),
            ],
            flags: sources + [Flag("type", value: "TYPE", "the Secret's type (default: Opaque)")] + output),
        Verb(
            "create secret docker-registry", "Create a Secret to pull images with",
            forms: ["NAME --docker-username USER --docker-password PASSWORD [--docker-server SERVER]"],
            details:
                "The password can be seen in the host's list of processes; --from-file reads a config.json instead.",
            examples: [
                (
                    "podrun create secret docker-registry hub --from-file=.dockerconfigjson=$HOME/.docker/config.json",
                    "what docker login stored"
                )
            ],
            flags: [
                fromFile, Flag("docker-server", value: "SERVER", "the registry (default: https://index.docker.io/v1/)"),
                Flag("docker-username", value: "USER", "who logs in"),
                Flag("docker-password", value: "PASSWORD", "with which password"),
                Flag("docker-email", value: "EMAIL", "an address that some registries want"),
            ] + output),
        Verb(
            "create secret tls", "Create a Secret of a certificate and its key",
            forms: ["NAME --cert PATH --key PATH"],
            examples: [("podrun create secret tls site --cert site.crt --key site.key", "for a server's volume")],
            flags: [
                Flag("cert", value: "PATH", "the certificate, PEM"), Flag("key", value: "PATH", "its private key, PEM"),
            ] + output),
    ]
}
