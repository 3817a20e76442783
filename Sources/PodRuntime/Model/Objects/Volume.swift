/// A key and the file it becomes.
package struct KeyToPath: Codable, Sendable, Equatable {
    package var key = ""
    package var path = ""
    package var mode: Int32? = nil

    package init(key: String = "", path: String = "", mode: Int32? = nil) {
        self.key = key
        self.path = path
        self.mode = mode
    }
}

/// A directory that lives as long as the pod.
package struct EmptyDirVolumeSource: Codable, Sendable, Equatable {
    package var medium = ""
    package var sizeLimit: Quantity? = nil

    package init(medium: String = "", sizeLimit: Quantity? = nil) {
        self.medium = medium
        self.sizeLimit = sizeLimit
    }
}

/// A path of the host.
package struct HostPathVolumeSource: Codable, Sendable, Equatable {
    package var path = ""
    package var type: String? = nil

    package init(path: String = "", type: String? = nil) {
        self.path = path
        self.type = type
    }
}

/// Files from a ConfigMap.
package struct ConfigMapVolumeSource: Codable, Sendable, Equatable {
    package var name = ""
    package var items: [KeyToPath] = []
    package var defaultMode: Int32? = nil
    package var optional: Bool? = nil

    package init(name: String = "", items: [KeyToPath] = [], defaultMode: Int32? = nil, optional: Bool? = nil) {
        self.name = name
        self.items = items
        self.defaultMode = defaultMode
        self.optional = optional
    }
}

/// Files from a Secret.
package struct SecretVolumeSource: Codable, Sendable, Equatable {
    package var secretName = ""
    package var items: [KeyToPath] = []
    package var defaultMode: Int32? = nil
    package var optional: Bool? = nil

    package init(secretName: String = "", items: [KeyToPath] = [], defaultMode: Int32? = nil, optional: Bool? = nil) {
        self.secretName = secretName
        self.items = items
        self.defaultMode = defaultMode
        self.optional = optional
    }
}

/// A volume and where it comes from.
package struct Volume: Codable, Sendable, Equatable {
    package var name = ""
    package var emptyDir: EmptyDirVolumeSource? = nil
    package var hostPath: HostPathVolumeSource? = nil

    package init(name: String = "", emptyDir: EmptyDirVolumeSource? = nil, hostPath: HostPathVolumeSource? = nil) {
        self.name = name
        self.emptyDir = emptyDir
        self.hostPath = hostPath
    }
}
