import PodModel

/// Decides what applying an object means: it comes, takes the place of the one there is, or changes nothing.
package enum ObjectAdmission {
    package enum Decision: Sendable, Equatable {
        case created(StoredObject)
        case configured(StoredObject)
        case unchanged(StoredObject)
        /// What is wrong with it by itself or as a change.
        case invalid([FieldError])
        /// It was made from a version of the object that is no more.
        case outdated
    }

    /// - Parameters:
    ///   - written: as in the manifest. Fields that the agent sets (uid, times, a claim's status) are not taken from it.
    ///   - uid: for an object that is new.
    package static func decide(
        _ written: StoredObject, existing: StoredObject?, uid: String, now: Timestamp
    ) -> Decision {
        var object = written.withDefaults()
        let version = object.metadata.resourceVersion
        object.metadata = ownedMetadata(object.metadata, existing: existing?.metadata, uid: uid, now: now)
        let errors = ObjectValidation.errors(in: object)
        guard errors.isEmpty else { return .invalid(errors) }
        if case .persistentVolumeClaim(let claim) = object { object = .persistentVolumeClaim(bound(claim, existing)) }
        guard let existing else { return .created(object) }
        guard version.isEmpty || version == existing.metadata.resourceVersion else { return .outdated }
        let changes = ObjectValidation.errors(in: object, replacing: existing)
        guard changes.isEmpty else { return .invalid(changes) }
        if object == existing { return .unchanged(existing) }
        object.metadata.resourceVersion = String((Int64(existing.metadata.resourceVersion) ?? 0) + 1)
        return .configured(object)
    }

    /// Name, namespace, labels and annotations are the user's; the rest is the agent's.
    private static func ownedMetadata(
        _ written: ObjectMeta, existing: ObjectMeta?, uid: String, now: Timestamp
    ) -> ObjectMeta {
        var metadata = existing ?? ObjectMeta(uid: uid, resourceVersion: "1", creationTimestamp: now)
        metadata.name = written.name
        metadata.generateName = written.generateName
        metadata.namespace = written.namespace
        metadata.labels = written.labels
        metadata.annotations = written.annotations
        return metadata
    }

    /// A claim that is bound stays bound to what it is bound to.
    private static func bound(_ claim: PersistentVolumeClaim, _ existing: StoredObject?) -> PersistentVolumeClaim {
        guard case .persistentVolumeClaim(let old) = existing else { return claim.bound() }
        var claim = claim
        if claim.spec.volumeName.isEmpty { claim.spec.volumeName = old.spec.volumeName }
        return claim.bound()
    }
}
