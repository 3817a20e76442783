import PodModel

/// Decides what writing a pod means that is there already.
package enum PodChange: Sendable, Equatable {
    case none
    /// The pod with what is not the user's to write as it was, counted on.
    case configured(Pod)
    case invalid([FieldError])
    /// It was made from a version of the pod that is no more; what the API server says of it.
    case conflict(String)

    /// - Parameters:
    ///   - written: valid, with defaults.
    ///   - explicitPullPolicies: containers whose imagePullPolicy was written; of the others it stays as it was, whatever the
    ///     new image's tag is, as with kubectl's patch.
    package init(_ written: Pod, explicitPullPolicies: [String], existing: Pod) {
        var pod = written
        pod.metadata = existing.metadata
        pod.metadata.labels = written.metadata.labels
        pod.metadata.annotations = written.metadata.annotations
        pod.status = existing.status
        if pod.spec.nodeName.isEmpty { pod.spec.nodeName = existing.spec.nodeName }
        if pod.spec.ephemeralContainers.isEmpty { pod.spec.ephemeralContainers = existing.spec.ephemeralContainers }
        func keepPolicies(_ containers: inout [Container], _ earlier: [Container]) {
            for (index, old) in zip(containers.indices, earlier) where containers[index].name == old.name {
                if !explicitPullPolicies.contains(old.name) { containers[index].imagePullPolicy = old.imagePullPolicy }
            }
        }
        keepPolicies(&pod.spec.containers, existing.spec.containers)
        keepPolicies(&pod.spec.initContainers, existing.spec.initContainers)

        let errors = PodUpdateRules.errors(in: pod, replacing: existing)
        if let conflict = Self.conflict(written.metadata, existing.metadata) {
            self = .conflict(conflict)
        } else if !errors.isEmpty {
            self = .invalid(errors)
        } else if pod == existing {
            self = .none
        } else {
            if pod.spec != existing.spec { pod.metadata.generation += 1 }
            pod.metadata.resourceVersion = String((Int64(existing.metadata.resourceVersion) ?? 0) + 1)
            self = .configured(pod)
        }
    }

    private static func conflict(_ written: ObjectMeta, _ existing: ObjectMeta) -> String? {
        let start = "Operation cannot be fulfilled on pods \"\(existing.name)\": "
        if !written.uid.isEmpty, written.uid != existing.uid {
            return start
                + "Precondition failed: UID in precondition: \(written.uid), UID in object meta: \(existing.uid)"
        }
        if !written.resourceVersion.isEmpty, written.resourceVersion != existing.resourceVersion {
            return start
                + "the object has been modified; please apply your changes to the latest version and try again"
        }
        return nil
    }
}
