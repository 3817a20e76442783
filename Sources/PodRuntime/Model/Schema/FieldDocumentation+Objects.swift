extension FieldDocumentation {
    static let objects = #"""
        ObjectMeta: What identifies an object.
        ObjectMeta.annotations: Notes for people and programs, by key; 256 KiB at most. podrun obeys none of them.
        ObjectMeta.creationTimestamp: When the object was made. Written by podrun.
        ObjectMeta.deletionGracePeriodSeconds: Seconds that it has to end in. Written by podrun.
        ObjectMeta.deletionTimestamp: When its deletion is due. Written by podrun.
        ObjectMeta.finalizers: Who has to agree before a cluster removes the object. Without effect.
        ObjectMeta.generateName: The beginning of a name that the server completes. podrun wants name.
        ObjectMeta.generation: Counts the changes of the spec. Written by podrun.
        ObjectMeta.labels: Keys and values that objects are told apart by.
        ObjectMeta.managedFields: Which program wrote which field, in a cluster. Without effect.
        ObjectMeta.name: The object's name, unique in its namespace for its kind. It can't change.
        ObjectMeta.namespace: The namespace that the name is of; default where not given. It need not be made before.
        ObjectMeta.ownerReferences: Objects that this one goes with, in a cluster. Without effect.
        ObjectMeta.resourceVersion: A cluster's count of changes. Without effect.
        ObjectMeta.selfLink: Not used any more.
        ObjectMeta.uid: Tells the object from others that had its name. Written by podrun.
        OwnerReference: An object that this one goes with.
        OwnerReference.apiVersion: The version of its API.
        OwnerReference.blockOwnerDeletion: Whether it has to wait for this one.
        OwnerReference.controller: Whether it makes this one what it is.
        OwnerReference.kind: Its kind.
        OwnerReference.name: Its name.
        OwnerReference.uid: Its uid.
        ConfigMap: Settings that pods read as environment variables or files. 1 MiB at most.
        ConfigMap.apiVersion: The version of the API that the object is written in: v1.
        ConfigMap.binaryData: Values that are not text, in Base64, by key.
        ConfigMap.data: Values by key. A key consists of letters, digits, '-', '_' and '.'.
        ConfigMap.immutable: Whether data and binaryData can't change any more. It can't be taken back.
        ConfigMap.kind: The kind of the object: ConfigMap.
        ConfigMap.metadata: The object's name and what else identifies it.
        Secret: Passwords, keys and the like that pods read as environment variables or files. 1 MiB at most; podrun
         keeps them in memory only.
        Secret.apiVersion: The version of the API that the object is written in: v1.
        Secret.data: Values in Base64, by key.
        Secret.immutable: Whether data can't change any more. It can't be taken back.
        Secret.kind: The kind of the object: Secret.
        Secret.metadata: The object's name and what else identifies it.
        Secret.stringData: Values as plain text, by key; put into data when the object is applied, and never shown
         again.
        Secret.type: What is in it, which decides on the keys it must have; Opaque where not given. It can't change.
        Event: Something that happened to an object. podrun writes them and keeps each for an hour.
        Event.action: What was tried. Not written by podrun.
        Event.apiVersion: The version of the API that the object is written in: v1.
        Event.count: How often it happened.
        Event.eventTime: When it was first observed, in a newer form of events. Not written by podrun.
        Event.firstTimestamp: When it happened first.
        Event.involvedObject: What it happened to.
        Event.kind: The kind of the object: Event.
        Event.lastTimestamp: When it happened last.
        Event.message: What happened, for people.
        Event.metadata: The event's name and what else identifies it.
        Event.reason: What happened, in one word for programs.
        Event.related: A second object that has to do with it. Not written by podrun.
        Event.reportingComponent: Who tells it: podrun.
        Event.reportingInstance: The node that tells it.
        Event.series: How often it happened, in a newer form of events. Not written by podrun.
        Event.source: Who tells it, and where.
        Event.type {Normal, Warning}: Whether somebody should look at it.
        EventSource: Who tells an event.
        EventSource.component: The program: podrun.
        EventSource.host: The node.
        ObjectReference: An object, or a part of one.
        ObjectReference.apiVersion: The version of its API.
        ObjectReference.fieldPath: The part, such as spec.containers{web}.
        ObjectReference.kind: Its kind.
        ObjectReference.name: Its name.
        ObjectReference.namespace: Its namespace.
        ObjectReference.resourceVersion: The version that is meant.
        ObjectReference.uid: Its uid.
        PersistentVolumeClaim: A wish for storage that outlives pods. podrun meets it with a directory of this host.
        PersistentVolumeClaim.apiVersion: The version of the API that the object is written in: v1.
        PersistentVolumeClaim.kind: The kind of the object: PersistentVolumeClaim.
        PersistentVolumeClaim.metadata: The object's name and what else identifies it.
        PersistentVolumeClaim.spec: What is wished for.
        PersistentVolumeClaim.status: What is there. Written by podrun.
        PersistentVolumeClaimSpec: A wish for storage.
        PersistentVolumeClaimSpec.accessModes: Who may mount it at a time: ReadWriteOnce, ReadOnlyMany, ReadWriteMany
         or ReadWriteOncePod.
        PersistentVolumeClaimSpec.dataSource: What the storage is filled with at first.
        PersistentVolumeClaimSpec.dataSourceRef: What the storage is filled with at first.
        PersistentVolumeClaimSpec.resources: How much is asked for.
        PersistentVolumeClaimSpec.selector: The labels of volumes to choose from.
        PersistentVolumeClaimSpec.storageClassName: The class of storage; podrun has one, local.
        PersistentVolumeClaimSpec.volumeAttributesClassName: The class of the volume's attributes.
        PersistentVolumeClaimSpec.volumeMode: Filesystem, the default, or Block.
        PersistentVolumeClaimSpec.volumeName: The volume that is bound to the claim.
        VolumeResourceRequirements: An amount of storage.
        VolumeResourceRequirements.limits: How much there may be at most.
        VolumeResourceRequirements.requests: How much is asked for, as storage. podrun does not hold a directory to
         it.
        PersistentVolumeClaimStatus: What became of the wish.
        PersistentVolumeClaimStatus.accessModes: Who may mount the volume at a time.
        PersistentVolumeClaimStatus.allocatedResourceStatuses: How a change of size goes on.
        PersistentVolumeClaimStatus.allocatedResources: The size that is being changed to.
        PersistentVolumeClaimStatus.capacity: The volume's size.
        PersistentVolumeClaimStatus.conditions: What is true of the claim.
        PersistentVolumeClaimStatus.currentVolumeAttributesClassName: The class of the volume's attributes.
        PersistentVolumeClaimStatus.modifyVolumeStatus: How a change of attributes goes on.
        PersistentVolumeClaimStatus.phase {Bound, Lost, Pending}: Bound when there is a directory for it, Pending
         before.
        """#
}
