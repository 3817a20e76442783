/// core/v1 Volume: VolumeSource is inlined, as in the JSON form; exactly one source is set.
/// Sources whose drivers Kubernetes itself has removed are kept as read, since all that can be said is that they exist.
package struct Volume: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var emptyDir: EmptyDirVolumeSource?
    package var hostPath: HostPathVolumeSource?
    package var gcePersistentDisk: Value?
    package var awsElasticBlockStore: Value?
    package var gitRepo: Value?
    package var secret: SecretVolumeSource?
    package var nfs: Value?
    package var iscsi: Value?
    package var glusterfs: Value?
    package var persistentVolumeClaim: PersistentVolumeClaimVolumeSource?
    package var rbd: Value?
    package var flexVolume: Value?
    package var cinder: Value?
    package var cephfs: Value?
    package var flocker: Value?
    package var downwardAPI: DownwardAPIVolumeSource?
    package var fc: Value?
    package var azureFile: Value?
    package var configMap: ConfigMapVolumeSource?
    package var vsphereVolume: Value?
    package var quobyte: Value?
    package var azureDisk: Value?
    package var photonPersistentDisk: Value?
    package var projected: ProjectedVolumeSource?
    package var portworxVolume: Value?
    package var scaleIO: Value?
    package var storageos: Value?
    package var csi: Value?
    package var ephemeral: Value?
    package var image: ImageVolumeSource?

    package static var keptWhenEmpty: [String] { ["name"] }

    package init(
        name: String = "", emptyDir: EmptyDirVolumeSource? = nil, hostPath: HostPathVolumeSource? = nil,
        gcePersistentDisk: Value? = nil, awsElasticBlockStore: Value? = nil, gitRepo: Value? = nil,
        secret: SecretVolumeSource? = nil, nfs: Value? = nil, iscsi: Value? = nil, glusterfs: Value? = nil,
        persistentVolumeClaim: PersistentVolumeClaimVolumeSource? = nil, rbd: Value? = nil, flexVolume: Value? = nil,
        cinder: Value? = nil, cephfs: Value? = nil, flocker: Value? = nil,
        downwardAPI: DownwardAPIVolumeSource? = nil, fc: Value? = nil, azureFile: Value? = nil,
        configMap: ConfigMapVolumeSource? = nil, vsphereVolume: Value? = nil, quobyte: Value? = nil,
        azureDisk: Value? = nil, photonPersistentDisk: Value? = nil, projected: ProjectedVolumeSource? = nil,
        portworxVolume: Value? = nil, scaleIO: Value? = nil, storageos: Value? = nil, csi: Value? = nil,
        ephemeral: Value? = nil, image: ImageVolumeSource? = nil
    ) {
        self.name = name
        self.emptyDir = emptyDir
        self.hostPath = hostPath
        self.gcePersistentDisk = gcePersistentDisk
        self.awsElasticBlockStore = awsElasticBlockStore
        self.gitRepo = gitRepo
        self.secret = secret
        self.nfs = nfs
        self.iscsi = iscsi
        self.glusterfs = glusterfs
        self.persistentVolumeClaim = persistentVolumeClaim
        self.rbd = rbd
        self.flexVolume = flexVolume
        self.cinder = cinder
        self.cephfs = cephfs
        self.flocker = flocker
        self.downwardAPI = downwardAPI
        self.fc = fc
        self.azureFile = azureFile
        self.configMap = configMap
        self.vsphereVolume = vsphereVolume
        self.quobyte = quobyte
        self.azureDisk = azureDisk
        self.photonPersistentDisk = photonPersistentDisk
        self.projected = projected
        self.portworxVolume = portworxVolume
        self.scaleIO = scaleIO
        self.storageos = storageos
        self.csi = csi
        self.ephemeral = ephemeral
        self.image = image
    }
}

/// core/v1 HostPathVolumeSource.
package struct HostPathVolumeSource: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var path: String
    package var type: String?

    package static var keptWhenEmpty: [String] { ["path"] }

    package init(path: String = "", type: String? = nil) {
        self.path = path
        self.type = type
    }
}

/// core/v1 EmptyDirVolumeSource; medium is "" (disk), Memory, HugePages or HugePages-2Mi and the like.
package struct EmptyDirVolumeSource: Codable, Sendable, Equatable {
    package var medium: String
    package var sizeLimit: Quantity?

    package init(medium: String = "", sizeLimit: Quantity? = nil) {
        self.medium = medium
        self.sizeLimit = sizeLimit
    }

    package var isOfHugePages: Bool { medium == "HugePages" || medium.hasPrefix("HugePages-") }
    /// A file system of its own, not a directory of the disk.
    package var isInMemory: Bool { medium == "Memory" || isOfHugePages }
}

/// core/v1 SecretVolumeSource.
package struct SecretVolumeSource: Codable, Sendable, Equatable {
    package var secretName: String
    package var items: [KeyToPath]
    package var defaultMode: Int32?
    package var optional: Bool?

    package init(secretName: String = "", items: [KeyToPath] = [], defaultMode: Int32? = nil, optional: Bool? = nil) {
        self.secretName = secretName
        self.items = items
        self.defaultMode = defaultMode
        self.optional = optional
    }
}

/// core/v1 ConfigMapVolumeSource.
package struct ConfigMapVolumeSource: Codable, Sendable, Equatable {
    package var name: String
    package var items: [KeyToPath]
    package var defaultMode: Int32?
    package var optional: Bool?

    package init(name: String = "", items: [KeyToPath] = [], defaultMode: Int32? = nil, optional: Bool? = nil) {
        self.name = name
        self.items = items
        self.defaultMode = defaultMode
        self.optional = optional
    }
}

/// core/v1 KeyToPath; mode is the file's permission bits.
package struct KeyToPath: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var key: String
    package var path: String
    package var mode: Int32?

    package static var keptWhenEmpty: [String] { ["key", "path"] }

    package init(key: String = "", path: String = "", mode: Int32? = nil) {
        self.key = key
        self.path = path
        self.mode = mode
    }
}

/// core/v1 PersistentVolumeClaimVolumeSource.
package struct PersistentVolumeClaimVolumeSource: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var claimName: String
    package var readOnly: Bool

    package static var keptWhenEmpty: [String] { ["claimName"] }

    package init(claimName: String = "", readOnly: Bool = false) {
        self.claimName = claimName
        self.readOnly = readOnly
    }
}

/// core/v1 DownwardAPIVolumeSource.
package struct DownwardAPIVolumeSource: Codable, Sendable, Equatable {
    package var items: [DownwardAPIVolumeFile]
    package var defaultMode: Int32?

    package init(items: [DownwardAPIVolumeFile] = [], defaultMode: Int32? = nil) {
        self.items = items
        self.defaultMode = defaultMode
    }
}

/// core/v1 DownwardAPIVolumeFile.
package struct DownwardAPIVolumeFile: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var path: String
    package var fieldRef: ObjectFieldSelector?
    package var resourceFieldRef: ResourceFieldSelector?
    package var mode: Int32?

    package static var keptWhenEmpty: [String] { ["path"] }

    package init(
        path: String = "", fieldRef: ObjectFieldSelector? = nil, resourceFieldRef: ResourceFieldSelector? = nil,
        mode: Int32? = nil
    ) {
        self.path = path
        self.fieldRef = fieldRef
        self.resourceFieldRef = resourceFieldRef
        self.mode = mode
    }
}

/// core/v1 ProjectedVolumeSource.
package struct ProjectedVolumeSource: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var sources: [VolumeProjection]
    package var defaultMode: Int32?

    package static var keptWhenEmpty: [String] { ["sources"] }

    package init(sources: [VolumeProjection] = [], defaultMode: Int32? = nil) {
        self.sources = sources
        self.defaultMode = defaultMode
    }
}

/// core/v1 VolumeProjection; exactly one field is set.
package struct VolumeProjection: Codable, Sendable, Equatable {
    package var secret: SecretProjection?
    package var downwardAPI: DownwardAPIProjection?
    package var configMap: ConfigMapProjection?
    package var serviceAccountToken: ServiceAccountTokenProjection?
    package var clusterTrustBundle: Value?
    package var podCertificate: Value?

    package init(
        secret: SecretProjection? = nil, downwardAPI: DownwardAPIProjection? = nil,
        configMap: ConfigMapProjection? = nil, serviceAccountToken: ServiceAccountTokenProjection? = nil,
        clusterTrustBundle: Value? = nil, podCertificate: Value? = nil
    ) {
        self.secret = secret
        self.downwardAPI = downwardAPI
        self.configMap = configMap
        self.serviceAccountToken = serviceAccountToken
        self.clusterTrustBundle = clusterTrustBundle
        self.podCertificate = podCertificate
    }
}

/// core/v1 SecretProjection.
package struct SecretProjection: Codable, Sendable, Equatable {
    package var name: String
    package var items: [KeyToPath]
    package var optional: Bool?

    package init(name: String = "", items: [KeyToPath] = [], optional: Bool? = nil) {
        self.name = name
        self.items = items
        self.optional = optional
    }
}

/// core/v1 ConfigMapProjection.
package struct ConfigMapProjection: Codable, Sendable, Equatable {
    package var name: String
    package var items: [KeyToPath]
    package var optional: Bool?

    package init(name: String = "", items: [KeyToPath] = [], optional: Bool? = nil) {
        self.name = name
        self.items = items
        self.optional = optional
    }
}

/// core/v1 DownwardAPIProjection.
package struct DownwardAPIProjection: Codable, Sendable, Equatable {
    package var items: [DownwardAPIVolumeFile]

    package init(items: [DownwardAPIVolumeFile] = []) {
        self.items = items
    }
}

/// core/v1 ServiceAccountTokenProjection.
package struct ServiceAccountTokenProjection: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var audience: String
    package var expirationSeconds: Int64?
    package var path: String

    package static var keptWhenEmpty: [String] { ["path"] }

    package init(audience: String = "", expirationSeconds: Int64? = nil, path: String = "") {
        self.audience = audience
        self.expirationSeconds = expirationSeconds
        self.path = path
    }
}

/// core/v1 ImageVolumeSource.
package struct ImageVolumeSource: Codable, Sendable, Equatable {
    package var reference: String
    package var pullPolicy: String

    package init(reference: String = "", pullPolicy: String = "") {
        self.reference = reference
        self.pullPolicy = pullPolicy
    }
}
