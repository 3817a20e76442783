extension FieldDocumentation {
    static let volume = #"""
        Volume: Files that containers can mount, as long as the pod exists or longer. Exactly one source is set.
        Volume.configMap: The keys of a ConfigMap as files, which change when it does.
        Volume.downwardAPI: Fields of the pod as files.
        Volume.emptyDir: A directory that is empty when the pod starts and goes with it.
        Volume.hostPath: A file or directory of the host. What a container writes there stays.
        Volume.image: The files of an image, read-only.
        Volume.name: What volumeMounts call it; unique in the pod.
        Volume.persistentVolumeClaim: A PersistentVolumeClaim of this namespace, whose directory outlives the pod.
        Volume.projected: Several sources as files of one directory.
        Volume.secret: The keys of a Secret as files, in memory only, which change when it does.
        Volume.awsElasticBlockStore: A disk of a cloud. No driver for it here.
        Volume.azureDisk: A disk of a cloud. No driver for it here.
        Volume.azureFile: A share of a cloud. No driver for it here.
        Volume.cephfs: A Ceph file system. No driver for it here.
        Volume.cinder: A disk of a cloud. No driver for it here.
        Volume.csi: A volume of a CSI driver. There are none here.
        Volume.ephemeral: A claim that is made and removed with the pod.
        Volume.fc: A Fibre Channel disk. No driver for it here.
        Volume.flexVolume: A volume of a FlexVolume driver. There are none here.
        Volume.flocker: A volume of Flocker. No driver for it here.
        Volume.gcePersistentDisk: A disk of a cloud. No driver for it here.
        Volume.gitRepo: A clone of a git repository. Kubernetes gave it up: clone into an emptyDir with an init
         container.
        Volume.glusterfs: A GlusterFS volume. No driver for it here.
        Volume.iscsi: An iSCSI disk. No driver for it here.
        Volume.nfs: A directory of an NFS server. No driver for it here: mount it on the host and use hostPath.
        Volume.photonPersistentDisk: A disk of a cloud. No driver for it here.
        Volume.portworxVolume: A volume of Portworx. No driver for it here.
        Volume.quobyte: A volume of Quobyte. No driver for it here.
        Volume.rbd: A RADOS block device. No driver for it here.
        Volume.scaleIO: A volume of ScaleIO. No driver for it here.
        Volume.storageos: A volume of StorageOS. No driver for it here.
        Volume.vsphereVolume: A disk of vSphere. No driver for it here.
        EmptyDirVolumeSource: A directory that is empty when the pod starts and goes with it.
        EmptyDirVolumeSource.medium: Where it is: on the disk, or with Memory in memory, which counts to the
         containers' memory limits. HugePages, or HugePages-2Mi and the like: on huge pages that containers request.
        EmptyDirVolumeSource.sizeLimit: How much may be in it; no limit where not given.
        HostPathVolumeSource: A file or directory of the host.
        HostPathVolumeSource.path: Its absolute path. Links are followed.
        HostPathVolumeSource.type {"", BlockDevice, CharDevice, Directory, DirectoryOrCreate, File, FileOrCreate,
         Socket}: What must be there, or is made; anything where not given.
        ConfigMapVolumeSource: The keys of a ConfigMap as files.
        ConfigMapVolumeSource.defaultMode: Permission bits of the files; 0644 where not given. YAML reads 0644 as
         octal.
        ConfigMapVolumeSource.items: The keys to show, and where; all of them, under their own names, where none are
         given.
        ConfigMapVolumeSource.name: The ConfigMap.
        ConfigMapVolumeSource.optional: Whether the ConfigMap and its keys may be missing. Otherwise the pod waits for
         them.
        SecretVolumeSource: The keys of a Secret as files.
        SecretVolumeSource.defaultMode: Permission bits of the files; 0644 where not given. YAML reads 0644 as octal.
        SecretVolumeSource.items: The keys to show, and where; all of them, under their own names, where none are
         given.
        SecretVolumeSource.optional: Whether the Secret and its keys may be missing. Otherwise the pod waits for them.
        SecretVolumeSource.secretName: The Secret.
        KeyToPath: A key and the file that shows it.
        KeyToPath.key: The key.
        KeyToPath.mode: Permission bits of this file, instead of the volume's.
        KeyToPath.path: The file's path in the volume: relative, without '..'.
        PersistentVolumeClaimVolumeSource: A claim whose directory is mounted.
        PersistentVolumeClaimVolumeSource.claimName: The claim.
        PersistentVolumeClaimVolumeSource.readOnly: Whether every mount of it can only be read.
        DownwardAPIVolumeSource: Fields of the pod as files.
        DownwardAPIVolumeSource.defaultMode: Permission bits of the files; 0644 where not given.
        DownwardAPIVolumeSource.items: The files.
        DownwardAPIVolumeFile: A file with a field of the pod.
        DownwardAPIVolumeFile.fieldRef: metadata.annotations, metadata.labels, metadata.name, metadata.namespace or
         metadata.uid, or one label or annotation.
        DownwardAPIVolumeFile.mode: Permission bits of this file, instead of the volume's.
        DownwardAPIVolumeFile.path: The file's path in the volume: relative, without '..'.
        DownwardAPIVolumeFile.resourceFieldRef: A limit or request of a container.
        ProjectedVolumeSource: Several sources as files of one directory.
        ProjectedVolumeSource.defaultMode: Permission bits of the files; 0644 where not given.
        ProjectedVolumeSource.sources: The sources.
        VolumeProjection: One source of a projected volume. Exactly one field is set.
        VolumeProjection.clusterTrustBundle: Certificates of a cluster.
        VolumeProjection.configMap: Keys of a ConfigMap.
        VolumeProjection.downwardAPI: Fields of the pod.
        VolumeProjection.podCertificate: A certificate of a cluster for the pod.
        VolumeProjection.secret: Keys of a Secret.
        VolumeProjection.serviceAccountToken: A token for a cluster's API server.
        ConfigMapProjection: Keys of a ConfigMap in a projected volume.
        ConfigMapProjection.items: The keys to show, and where; all of them, under their own names, where none are
         given.
        ConfigMapProjection.name: The ConfigMap.
        ConfigMapProjection.optional: Whether the ConfigMap and its keys may be missing.
        SecretProjection: Keys of a Secret in a projected volume.
        SecretProjection.items: The keys to show, and where; all of them, under their own names, where none are given.
        SecretProjection.name: The Secret.
        SecretProjection.optional: Whether the Secret and its keys may be missing.
        DownwardAPIProjection: Fields of the pod in a projected volume.
        DownwardAPIProjection.items: The files.
        ServiceAccountTokenProjection: A token for a cluster's API server.
        ServiceAccountTokenProjection.audience: Whom the token is for.
        ServiceAccountTokenProjection.expirationSeconds: Seconds that it is valid; 600 at least.
        ServiceAccountTokenProjection.path: The file's path in the volume.
        ImageVolumeSource: The files of an image.
        ImageVolumeSource.pullPolicy {Always, IfNotPresent, Never}: When the image is pulled. Without it: Always for
         the tag latest, IfNotPresent for every other one.
        ImageVolumeSource.reference: The image, as NAME[:TAG][@DIGEST]. Required in a pod.
        """#
}
