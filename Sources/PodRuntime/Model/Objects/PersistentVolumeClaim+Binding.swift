extension PersistentVolumeClaim {
    /// The one storage class there is, and the default: a directory of this host for each claim.
    package static let localClass = "local"
    /// Keeps a claim that pods use from going away under them.
    package static let protectionFinalizer = "kubernetes.io/pvc-protection"

    package var isBound: Bool { status.phase == "Bound" }

    /// The claim as it is stored when it is applied: with the class it gets by default, and Bound at once when podrun can
    /// give what it asks for. One that can't be given stays Pending, and its pods wait; ``pendingReason`` says why.
    ///
    /// The capacity is what was asked for, and not enforced: the directory is as large as the host's disk.
    package func bound() -> PersistentVolumeClaim {
        var claim = self
        claim.spec.storageClassName = spec.storageClassName ?? Self.localClass
        claim.spec.volumeMode = spec.volumeMode ?? "Filesystem"
        if !claim.metadata.finalizers.contains(Self.protectionFinalizer) {
            claim.metadata.finalizers.append(Self.protectionFinalizer)
        }
        guard claim.pendingReason == nil else {
            claim.status = PersistentVolumeClaimStatus(phase: "Pending")
            return claim
        }
        claim.spec.volumeName = "pvc-\(metadata.uid)"
        claim.status = PersistentVolumeClaimStatus(
            phase: "Bound", accessModes: spec.accessModes,
            capacity: spec.resources.requests.filter { $0.key == "storage" })
        return claim
    }

    /// Why the claim can't be bound here, in the words of Kubernetes' volume controller; nil when it can.
    package var pendingReason: String? {
        switch spec.storageClassName ?? Self.localClass {
        case Self.localClass: break
        case "": return "no persistent volumes available for this claim and no storage class is set"
        case let name: return "storageclass.storage.k8s.io \"\(name)\" not found"
        }
        if !spec.volumeName.isEmpty, spec.volumeName != "pvc-\(metadata.uid)" {
            return "volume \"\(spec.volumeName)\" not found"
        }
        if metadata.namespace.utf8.count + metadata.name.utf8.count > 254 {
            return "namespace and name together are longer than the name of a directory can be"
        }
        if spec.volumeMode == "Block" { return "storage class \"\(Self.localClass)\" has no block volumes" }
        if spec.selector != nil { return "claim.Spec.Selector is not supported" }
        if spec.dataSource != nil || spec.dataSourceRef != nil {
            return "storage class \"\(Self.localClass)\" can't fill a volume from a data source"
        }
        return nil
    }
}
