/// A field of the pod.
package struct ObjectFieldSelector: Codable, Sendable, Equatable {
    package var apiVersion = ""
    package var fieldPath = ""

    package init(apiVersion: String = "", fieldPath: String = "") {
        self.apiVersion = apiVersion
        self.fieldPath = fieldPath
    }
}

/// A resource of a container.
package struct ResourceFieldSelector: Codable, Sendable, Equatable {
    package var containerName = ""
    package var resource = ""
    package var divisor: Quantity? = nil

    package init(containerName: String = "", resource: String = "", divisor: Quantity? = nil) {
        self.containerName = containerName
        self.resource = resource
        self.divisor = divisor
    }
}

/// A key of a ConfigMap.
package struct ConfigMapKeySelector: Codable, Sendable, Equatable {
    package var name = ""
    package var key = ""
    package var optional: Bool? = nil

    package init(name: String = "", key: String = "", optional: Bool? = nil) {
        self.name = name
        self.key = key
        self.optional = optional
    }
}

/// A key of a Secret.
package struct SecretKeySelector: Codable, Sendable, Equatable {
    package var name = ""
    package var key = ""
    package var optional: Bool? = nil

    package init(name: String = "", key: String = "", optional: Bool? = nil) {
        self.name = name
        self.key = key
        self.optional = optional
    }
}

/// A key of a file in a volume.
package struct FileKeySelector: Codable, Sendable, Equatable {
    package var volumeName = ""
    package var path = ""
    package var key = ""
    package var optional: Bool? = nil

    package init(volumeName: String = "", path: String = "", key: String = "", optional: Bool? = nil) {
        self.volumeName = volumeName
        self.path = path
        self.key = key
        self.optional = optional
    }
}

/// Where a value comes from.
package struct EnvVarSource: Codable, Sendable, Equatable {
    package var fieldRef: ObjectFieldSelector? = nil
    package var resourceFieldRef: ResourceFieldSelector? = nil
    package var configMapKeyRef: ConfigMapKeySelector? = nil
    package var secretKeyRef: SecretKeySelector? = nil
    package var fileKeyRef: FileKeySelector? = nil

    package init() {}
}

/// One environment variable.
package struct EnvVar: Codable, Sendable, Equatable {
    package var name = ""
    package var value = ""
    package var valueFrom: EnvVarSource? = nil

    package init(name: String = "", value: String = "", valueFrom: EnvVarSource? = nil) {
        self.name = name
        self.value = value
        self.valueFrom = valueFrom
    }
}

/// All keys of a ConfigMap.
package struct ConfigMapEnvSource: Codable, Sendable, Equatable {
    package var name = ""
    package var optional: Bool? = nil

    package init(name: String = "", optional: Bool? = nil) {
        self.name = name
        self.optional = optional
    }
}

/// All keys of a Secret.
package struct SecretEnvSource: Codable, Sendable, Equatable {
    package var name = ""
    package var optional: Bool? = nil

    package init(name: String = "", optional: Bool? = nil) {
        self.name = name
        self.optional = optional
    }
}

/// Variables from all keys of an object.
package struct EnvFromSource: Codable, Sendable, Equatable {
    package var `prefix` = ""
    package var configMapRef: ConfigMapEnvSource? = nil
    package var secretRef: SecretEnvSource? = nil

    package init(`prefix`: String = "", configMapRef: ConfigMapEnvSource? = nil, secretRef: SecretEnvSource? = nil) {
        self.`prefix` = `prefix`
        self.configMapRef = configMapRef
        self.secretRef = secretRef
    }
}
