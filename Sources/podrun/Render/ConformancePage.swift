import PodModel

/// docs/conformance.md: every field of a Pod, and whether podrun does what it says. Made from the model that manifests are read
/// with and from what refuses them; only the notes are written by hand.
struct ConformancePage {
    private let schema = Schema(.pod)
    private var seen: Set<String> = []
    private var sections: [String] = []
    private var counts = (supported: 0, noted: 0, refused: 0)

    static var text: String {
        var page = ConformancePage()
        if let root = page.schema.entry([]) { page.add(root.type, at: [], isRefused: false) }
        let (supported, noted, refused) = page.counts
        return """
            # Conformance

            Every field of the v1 Pod of Kubernetes 1.36. A field that is refused makes `podrun apply` fail with its place; a field
            that is not here is unknown, and an error too. Each type is listed once, where it is met first: init containers have
            the fields of containers. Written by `podrun explain pod --conformance`; a test compares the two.

            \(supported) fields are supported, \(noted) supported with a note, \(refused) refused.

            \(page.sections.joined(separator: "\n"))
            """
    }

    /// The section of a type, and those of the types in it.
    private mutating func add(_ type: FieldType, at path: [String], isRefused: Bool) {
        guard let object = type.object, seen.insert(object.name).inserted else { return }
        var text = "## \(object.name)\n\n"
        if !path.isEmpty { text += "`\(path.joined(separator: "."))`\n\n" }
        text += "| field | type | |\n|---|---|---|\n"
        let entries = schema.entries(of: type, at: path)
        for entry in entries {
            let note = Self.notes["\(object.name).\(entry.name)"]
            let verdict: String
            if isRefused || entry.isUnsupported {
                counts.refused += 1
                verdict = "refused"
            } else if let note {
                counts.noted += 1
                verdict = "supported: \(note)"
            } else {
                counts.supported += 1
                verdict = "supported"
            }
            text += "| `\(entry.name)` | \(entry.type.text) | \(verdict) |\n"
        }
        sections.append(text)
        for entry in entries {
            add(entry.type, at: path + [entry.name], isRefused: isRefused || entry.isUnsupported)
        }
    }

    private static let unscheduled = "read, but nothing is scheduled on one host"
    private static let noAccounts = "read, but there are no service accounts"
    private static let mutation = "kept, without effect"

    /// Of fields that do not all that they do in a cluster, by type and field; docs/limits.md has the whole story.
    static let notes = [
        "ObjectMeta.finalizers": mutation,
        "ObjectMeta.generateName": "only beside a `name`, without effect",
        "ObjectMeta.managedFields": mutation,
        "ObjectMeta.ownerReferences": mutation,
        "PodSpec.affinity": unscheduled,
        "PodSpec.automountServiceAccountToken": noAccounts,
        "PodSpec.dnsPolicy": "`ClusterFirst` is `Default`: there is no cluster DNS",
        "PodSpec.enableServiceLinks": "read, but there are no Services",
        "PodSpec.hostUsers": "`false` needs Linux 6.3",
        "PodSpec.nodeName": unscheduled,
        "PodSpec.nodeSelector": unscheduled,
        "PodSpec.os": "only `linux`",
        "PodSpec.preemptionPolicy": unscheduled,
        "PodSpec.priority": unscheduled,
        "PodSpec.priorityClassName": unscheduled,
        "PodSpec.readinessGates": "nobody can set these conditions here, so such a pod is never Ready",
        "PodSpec.schedulerName": unscheduled,
        "PodSpec.schedulingGroup": unscheduled,
        "PodSpec.serviceAccount": noAccounts,
        "PodSpec.serviceAccountName": noAccounts,
        "PodSpec.tolerations": unscheduled,
        "PodSpec.topologySpreadConstraints": unscheduled,
        "PodSpec.workloadRef": unscheduled,
        "ContainerPort.hostIP": "IPv4, and not of the loopback interface",
        "Lifecycle.stopSignal": "with `os: {name: linux}`",
        "LifecycleHandler.tcpSocket": "fails, as under every kubelet",
        "ResourceRequirements.limits": "cpu, memory, ephemeral-storage and huge pages",
        "ResourceRequirements.requests": "cpu, memory, ephemeral-storage and huge pages; others are read",
        "SecurityContext.appArmorProfile":
            "where the kernel has no AppArmor only `Unconfined`; with others the pod is Failed (AppArmor)",
        "SecurityContext.procMount": "`Unmasked` with `hostUsers: false`, as in Kubernetes",
        "PodSecurityContext.appArmorProfile":
            "where the kernel has no AppArmor only `Unconfined`; with others the pod is Failed (AppArmor)",
        "PodSecurityContext.sysctls": "Kubernetes' safe list; with others the pod is Failed (SysctlForbidden)",
        "EmptyDirVolumeSource.medium": "disk, `Memory`, or huge pages that the host has",
        "EmptyDirVolumeSource.sizeLimit": "on disk looked at every second; in memory the size of the tmpfs",
        "PersistentVolumeClaimVolumeSource.claimName": "claims are directories of this host, of class `local`",
        "ImageVolumeSource.reference": "an image that a container could have; no other artifacts",
    ]
}
