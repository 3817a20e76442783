extension PodRules {
    /// Those of a pod that is there (validateEphemeralContainers): they are no part of what the pod does, so they have neither
    /// ports, probes, hooks nor resources.
    mutating func checkEphemeralContainers(_ path: FieldPath) {
        let workers = Set((spec.initContainers + spec.containers).map(\.name))
        var names = workers
        let words = "cannot be set for an Ephemeral Container"
        for (index, ephemeral) in spec.ephemeralContainers.enumerated() {
            let path = path[index]
            let container = ephemeral.container
            check(container, path)
            if !container.name.isEmpty, !names.insert(container.name).inserted {
                duplicate(path / "name", container.name)
            }
            if !ephemeral.targetContainerName.isEmpty, !workers.contains(ephemeral.targetContainerName) {
                notFound(path / "targetContainerName", ephemeral.targetContainerName)
            }
            let refused = [
                ("ports", !container.ports.isEmpty), ("resources", container.resources != ResourceRequirements()),
                ("resizePolicy", !container.resizePolicy.isEmpty), ("restartPolicy", container.restartPolicy != nil),
                ("restartPolicyRules", !container.restartPolicyRules.isEmpty),
                ("livenessProbe", container.livenessProbe != nil),
                ("readinessProbe", container.readinessProbe != nil), ("startupProbe", container.startupProbe != nil),
                ("lifecycle", container.lifecycle != nil),
            ]
            for (field, isSet) in refused where isSet { forbidden(path / field, words) }
            for (index, mount) in container.volumeMounts.enumerated() {
                let path = (path / "volumeMounts")[index]
                if !mount.subPath.isEmpty { forbidden(path / "subPath", words) }
                if !mount.subPathExpr.isEmpty { forbidden(path / "subPathExpr", words) }
            }
        }
    }
}
