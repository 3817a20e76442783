import PodModel

/// The volumes in `describe pod`, of the sources that podrun has.
struct VolumeDescription {
    let volumes: [Volume]

    func write(to page: inout Page) {
        guard !volumes.isEmpty else { return page.line(0, "Volumes:\t<none>") }
        page.line(0, "Volumes:")
        for volume in volumes {
            page.line(1, "\(volume.name):")
            write(volume, to: &page)
        }
    }

    private func write(_ volume: Volume, to page: inout Page) {
        if let source = volume.hostPath {
            page.line(2, "Type:\tHostPath (bare host directory volume)")
            page.line(2, "Path:\t\(source.path)")
            page.line(2, "HostPathType:\t\(source.type ?? "<none>")")
        } else if let source = volume.emptyDir {
            page.line(2, "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)")
            page.line(2, "Medium:\t\(source.medium)")
            page.line(2, "SizeLimit:\t\(source.sizeLimit?.text ?? "<unset>")")
        } else if let source = volume.configMap {
            page.line(2, "Type:\tConfigMap (a volume populated by a ConfigMap)")
            page.line(2, "Name:\t\(source.name)")
            page.line(2, "Optional:\t\(source.optional ?? false)")
        } else if let source = volume.secret {
            page.line(2, "Type:\tSecret (a volume populated by a Secret)")
            page.line(2, "SecretName:\t\(source.secretName)")
            page.line(2, "Optional:\t\(source.optional ?? false)")
        } else if let source = volume.downwardAPI {
            page.line(2, "Type:\tDownwardAPI (a volume populated by information about the pod)")
            page.line(2, "Items:")
            for item in source.items {
                page.line(3, "\(item.fieldRef?.fieldPath ?? item.resourceFieldRef?.resource ?? "") -> \(item.path)")
            }
        } else if let source = volume.projected {
            page.line(2, "Type:\tProjected (a volume that contains injected data from multiple sources)")
            for projection in source.sources { write(projection, to: &page) }
        } else if let source = volume.image {
            page.line(2, "Type:\tImage (a container image or OCI artifact)")
            page.line(2, "Reference:\t\(source.reference)")
            page.line(2, "PullPolicy:\t\(source.pullPolicy)")
        } else if let source = volume.persistentVolumeClaim {
            page.line(2, "Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)")
            page.line(2, "ClaimName:\t\(source.claimName)")
            page.line(2, "ReadOnly:\t\(source.readOnly)")
        } else {
            page.line(1, "<unknown>")
        }
    }

    private func write(_ projection: VolumeProjection, to page: inout Page) {
        if let source = projection.secret {
            page.line(2, "SecretName:\t\(source.name)")
            page.line(2, "Optional:\t\(source.optional ?? false)")
        } else if let source = projection.configMap {
            page.line(2, "ConfigMapName:\t\(source.name)")
            page.line(2, "Optional:\t\(source.optional ?? false)")
        } else if projection.downwardAPI != nil {
            page.line(2, "DownwardAPI:\ttrue")
        }
    }
}
