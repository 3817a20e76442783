/// core/v1 EnvVar.
package struct EnvVar: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var value: String
    package var valueFrom: EnvVarSource?

    package static var keptWhenEmpty: [String] { ["name"] }

    package init(name: String = "", value: String = "", valueFrom: EnvVarSource? = nil) {
        self.name = name
        self.value = value
        self.valueFrom = valueFrom
    }
}

/// core/v1 EnvVarSource; exactly one field is set.
package struct EnvVarSource: Codable, Sendable, Equatable {
    package var fieldRef: ObjectFieldSelector?
    package var resourceFieldRef: ResourceFieldSelector?
    package var configMapKeyRef: ConfigMapKeySelector?
    package var secretKeyRef: SecretKeySelector?
    package var fileKeyRef: FileKeySelector?

    package init(
        fieldRef: ObjectFieldSelector? = nil, resourceFieldRef: ResourceFieldSelector? = nil,
        configMapKeyRef: ConfigMapKeySelector? = nil, secretKeyRef: SecretKeySelector? = nil,
        fileKeyRef: FileKeySelector? = nil
    ) {
        self.fieldRef = fieldRef
        self.resourceFieldRef = resourceFieldRef
        self.configMapKeyRef = configMapKeyRef
        self.secretKeyRef = secretKeyRef
        self.fileKeyRef = fileKeyRef
    }
}

/// core/v1 ObjectFieldSelector.
package struct ObjectFieldSelector: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var apiVersion: String
    package var fieldPath: String

    package static var keptWhenEmpty: [String] { ["fieldPath"] }

    package init(apiVersion: String = "", fieldPath: String = "") {
        self.apiVersion = apiVersion
        self.fieldPath = fieldPath
    }
}

/// core/v1 ResourceFieldSelector.
package struct ResourceFieldSelector: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var containerName: String
    package var resource: String
    package var divisor: Quantity?

    package static var keptWhenEmpty: [String] { ["resource"] }

    package init(containerName: String = "", resource: String = "", divisor: Quantity? = nil) {
        self.containerName = containerName
        self.resource = resource
        self.divisor = divisor
    }
}

/// core/v1 ConfigMapKeySelector.
package struct ConfigMapKeySelector: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var key: String
    package var optional: Bool?

    package static var keptWhenEmpty: [String] { ["key"] }

    package init(name: String = "", key: String = "", optional: Bool? = nil) {
        self.name = name
        self.key = key
        self.optional = optional
    }
}

/// core/v1 SecretKeySelector.
package struct SecretKeySelector: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var key: String
    package var optional: Bool?

    package static var keptWhenEmpty: [String] { ["key"] }

    package init(name: String = "", key: String = "", optional: Bool? = nil) {
        self.name = name
        self.key = key
        self.optional = optional
    }
}

/// core/v1 FileKeySelector.
package struct FileKeySelector: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var volumeName: String
    package var path: String
    package var key: String
    package var optional: Bool?

    package static var keptWhenEmpty: [String] { ["volumeName", "path", "key"] }

    package init(volumeName: String = "", path: String = "", key: String = "", optional: Bool? = nil) {
        self.volumeName = volumeName
        self.path = path
        self.key = key
        self.optional = optional
    }
}

/// core/v1 EnvFromSource.
package struct EnvFromSource: Codable, Sendable, Equatable {
    package var prefix: String
    package var configMapRef: ConfigMapEnvSource?
    package var secretRef: SecretEnvSource?

    package init(prefix: String = "", configMapRef: ConfigMapEnvSource? = nil, secretRef: SecretEnvSource? = nil) {
        self.prefix = prefix
        self.configMapRef = configMapRef
        self.secretRef = secretRef
    }
}

/// core/v1 ConfigMapEnvSource.
package struct ConfigMapEnvSource: Codable, Sendable, Equatable {
    package var name: String
    package var optional: Bool?

    package init(name: String = "", optional: Bool? = nil) {
        self.name = name
        self.optional = optional
    }
}

/// core/v1 SecretEnvSource.
package struct SecretEnvSource: Codable, Sendable, Equatable {
    package var name: String
    package var optional: Bool?

    package init(name: String = "", optional: Bool? = nil) {
        self.name = name
        self.optional = optional
    }
}
