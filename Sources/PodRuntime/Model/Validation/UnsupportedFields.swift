/// Features of Kubernetes that podrun reads and checks, but can't give yet. A pod that asks for one is refused, never
/// run without it. Fields that mean nothing on one host (scheduling, service accounts) are accepted.
enum UnsupportedFields {
    private struct Row {
        let path: FieldPath
        let isUsed: Bool
        let feature: String

        init(_ path: FieldPath, _ isUsed: Bool, _ feature: String) {
            self.path = path
            self.isUsed = isUsed
            self.feature = feature
        }
    }

    static func errors(in pod: Pod) -> [FieldError] {
        let path = FieldPath("spec")
        var rows = podRows(pod, path)
        for (index, volume) in pod.spec.volumes.enumerated() {
            let path = (path / "volumes")[index]
            for source in volume.sources where !givenVolumes.contains(source) {
                rows.append(Row(path / source, true, "\(source) volumes"))
            }
            let isShared = pod.allContainers.contains {
                $0.volumeMounts.contains { $0.name == volume.name && $0.mountPropagation == "Bidirectional" }
            }
            rows.append(
                Row(
                    path / "emptyDir" / "medium", isShared && volume.emptyDir?.isOfHugePages == true,
                    "Bidirectional mounts of huge pages"))
            for (index, projection) in (volume.projected?.sources ?? []).enumerated() {
                rows += projectionRows(projection, (path / "projected" / "sources")[index])
            }
        }
        for (index, container) in pod.spec.initContainers.enumerated() {
            let path = (path / "initContainers")[index]
            rows += containerRows(container, path) + userNamespaceRows(pod, container, path)
        }
        for (index, container) in pod.spec.containers.enumerated() {
            let path = (path / "containers")[index]
            rows += containerRows(container, path) + userNamespaceRows(pod, container, path)
        }
        for (index, container) in pod.spec.ephemeralContainers.enumerated() {
            rows += containerRows(container.container, (path / "ephemeralContainers")[index])
        }
        return rows.filter(\.isUsed).map {
            FieldError(
                $0.path, .forbidden,
                detail: "\($0.feature) \($0.feature.hasSuffix("s") ? "are" : "is") not supported yet")
        }
    }

    private static let givenVolumes = [
        "emptyDir", "hostPath", "configMap", "secret", "downwardAPI", "projected", "image", "persistentVolumeClaim",
    ]

    /// What only a cluster can issue.
    private static func projectionRows(_ projection: VolumeProjection, _ path: FieldPath) -> [Row] {
        [
            Row(
                path / "serviceAccountToken", projection.serviceAccountToken != nil,
                "tokens of service accounts"),
            Row(path / "clusterTrustBundle", projection.clusterTrustBundle != nil, "clusterTrustBundle projections"),
            Row(path / "podCertificate", projection.podCertificate != nil, "podCertificate projections"),
        ]
    }

    private static func podRows(_ pod: Pod, _ path: FieldPath) -> [Row] {
        let spec = pod.spec
        return [
            Row(FieldPath("metadata.generateName"), pod.metadata.name.isEmpty, "generateName without a name"),
            Row(path / "runtimeClassName", spec.runtimeClassName != nil, "a runtime class"),
            Row(path / "os", spec.os.map { $0.name != "linux" } ?? false, "an operating system other than linux"),
            Row(path / "resourceClaims", !spec.resourceClaims.isEmpty, "resourceClaims"),
            Row(path / "overhead", !spec.overhead.isEmpty, "overhead"),
            Row(path / "schedulingGates", !spec.schedulingGates.isEmpty, "schedulingGates"),
            Row(
                path / "securityContext" / "seLinuxOptions", spec.securityContext?.seLinuxOptions != nil,
                "seLinuxOptions"),
            Row(
                path / "securityContext" / "windowsOptions", spec.securityContext?.windowsOptions != nil,
                "windowsOptions"),
        ]
    }

    /// The host's mount namespace is not the user namespace's to mount in.
    private static func userNamespaceRows(_ pod: Pod, _ container: Container, _ path: FieldPath) -> [Row] {
        container.volumeMounts.enumerated().map { index, mount in
            Row(
                (path / "volumeMounts")[index] / "mountPropagation",
                pod.spec.hostUsers == false && mount.mountPropagation == "Bidirectional",
                "Bidirectional with hostUsers: false")
        }
    }

    /// Requests alone only tell a scheduler something, but nothing can be had that has a limit and isn't one of these.
    private static let givenResources = ["cpu", "memory", "ephemeral-storage"]

    private static func containerRows(_ container: Container, _ path: FieldPath) -> [Row] {
        let context = container.securityContext
        var rows = [
            Row(path / "volumeDevices", !container.volumeDevices.isEmpty, "volumeDevices"),
            Row(path / "resources" / "claims", !container.resources.claims.isEmpty, "resource claims"),
            Row(path / "securityContext" / "seLinuxOptions", context?.seLinuxOptions != nil, "seLinuxOptions"),
            Row(path / "securityContext" / "windowsOptions", context?.windowsOptions != nil, "windowsOptions"),
        ]
        for name in container.resources.limits.keys.sorted()
        where !givenResources.contains(name) && !name.isHugePages {
            rows.append(Row((path / "resources" / "limits").key(name), true, "\(name) resources"))
        }
        for (index, port) in container.ports.enumerated() where port.hostPort != 0 {
            let path = (path / "ports")[index] / "hostIP"
            rows += [
                // "::" is every address, as is none.
                Row(path, port.hostIP.contains(":") && port.hostIP != "::", "an IPv6 address of the host"),
                Row(path, port.hostIP.hasPrefix("127."), "a loopback address of the host"),
            ]
        }
        return rows
    }
}
