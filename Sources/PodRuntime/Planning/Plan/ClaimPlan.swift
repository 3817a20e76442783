import PodModel

/// What a pod's persistentVolumeClaim volume needs before the pod's first container: a bound claim, its directory, and the
/// pod's group as the owner of what is in it.
package struct ClaimPlan: Sendable, Equatable {
    package var volume: String
    package var namespace: String
    package var claimName: String
    package var path: String
    /// fsGroup; nil where nothing is to change hands. A volume that the pod may only read stays as it is (the kubelet's
    /// local volumes).
    package var group: UInt32?
    /// fsGroupChangePolicy OnRootMismatch: only when the volume's root isn't the group's already.
    package var looksAtRootOnly: Bool

    /// A claim's directory is open to all users until a pod's fsGroup says otherwise.
    package static let mode: UInt32 = 0o777

    /// In the pod's order, each claim once.
    package static func all(in pod: Pod, paths: HostPaths) -> [ClaimPlan] {
        let context = pod.spec.securityContext
        var plans: [ClaimPlan] = []
        for volume in pod.spec.volumes {
            guard let source = volume.persistentVolumeClaim else { continue }
            plans.append(
                ClaimPlan(
                    volume: volume.name, namespace: pod.metadata.namespace, claimName: source.claimName,
                    path: paths.claimDirectory(namespace: pod.metadata.namespace, name: source.claimName),
                    group: source.readOnly ? nil : context?.fsGroup.flatMap(UInt32.init(exactly:)),
                    looksAtRootOnly: context?.fsGroupChangePolicy == "OnRootMismatch"))
        }
        return plans
    }

    /// Why the claim can't be used: the kubelet's words of its FailedMount event. nil when it can.
    ///
    /// - Parameters:
    ///   - claim: as it is now; nil when there is none.
    ///   - isUsedByOthers: another pod that runs has it.
    package func refusal(of claim: PersistentVolumeClaim?, isUsedByOthers: Bool) -> String? {
        let prefix = "error processing PVC \(namespace)/\(claimName): "
        guard let claim else {
            return unprocessed(
                prefix + "failed to fetch PVC from API server: persistentvolumeclaims \(quoted(claimName)) not found")
        }
        if claim.metadata.deletionTimestamp != nil { return unprocessed(prefix + "PVC is being deleted") }
        if !claim.isBound {
            return unprocessed(prefix + "PVC is not bound" + (claim.pendingReason.map { ": \($0)" } ?? ""))
        }
        if isUsedByOthers, claim.spec.accessModes.contains("ReadWriteOncePod") {
            return failure("volume uses the ReadWriteOncePod access mode and is already in use by another pod")
        }
        return nil
    }

    /// The event of a volume that could not be set up.
    package func failure(_ cause: String) -> String {
        "MountVolume.SetUp failed for volume \(quoted(volume)) : \(cause)"
    }

    private func unprocessed(_ cause: String) -> String {
        "Unable to attach or mount volumes: unmounted volumes=[\(volume)], unattached volumes=[], "
            + "failed to process volumes=[\(volume)]: \(cause)"
    }
}
