/// core/v1 PodSecurityContext.
package struct PodSecurityContext: Codable, Sendable, Equatable {
    package var seLinuxOptions: SELinuxOptions?
    package var windowsOptions: WindowsSecurityContextOptions?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var runAsNonRoot: Bool?
    package var supplementalGroups: [Int64]
    package var supplementalGroupsPolicy: String?
    package var fsGroup: Int64?
    package var sysctls: [Sysctl]
    package var fsGroupChangePolicy: String?
    package var seccompProfile: SeccompProfile?
    package var appArmorProfile: AppArmorProfile?
    package var seLinuxChangePolicy: String?

    package init(
        seLinuxOptions: SELinuxOptions? = nil, windowsOptions: WindowsSecurityContextOptions? = nil,
        runAsUser: Int64? = nil, runAsGroup: Int64? = nil, runAsNonRoot: Bool? = nil,
        supplementalGroups: [Int64] = [], supplementalGroupsPolicy: String? = nil, fsGroup: Int64? = nil,
        sysctls: [Sysctl] = [], fsGroupChangePolicy: String? = nil, seccompProfile: SeccompProfile? = nil,
        appArmorProfile: AppArmorProfile? = nil, seLinuxChangePolicy: String? = nil
    ) {
        self.seLinuxOptions = seLinuxOptions
        self.windowsOptions = windowsOptions
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.runAsNonRoot = runAsNonRoot
        self.supplementalGroups = supplementalGroups
        self.supplementalGroupsPolicy = supplementalGroupsPolicy
        self.fsGroup = fsGroup
        self.sysctls = sysctls
        self.fsGroupChangePolicy = fsGroupChangePolicy
        self.seccompProfile = seccompProfile
        self.appArmorProfile = appArmorProfile
        self.seLinuxChangePolicy = seLinuxChangePolicy
    }
}

/// core/v1 SecurityContext of one container.
package struct SecurityContext: Codable, Sendable, Equatable {
    package var capabilities: Capabilities?
    package var privileged: Bool?
    package var seLinuxOptions: SELinuxOptions?
    package var windowsOptions: WindowsSecurityContextOptions?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var runAsNonRoot: Bool?
    package var readOnlyRootFilesystem: Bool?
    package var allowPrivilegeEscalation: Bool?
    package var procMount: String?
    package var seccompProfile: SeccompProfile?
    package var appArmorProfile: AppArmorProfile?

    package init(
        capabilities: Capabilities? = nil, privileged: Bool? = nil, seLinuxOptions: SELinuxOptions? = nil,
        windowsOptions: WindowsSecurityContextOptions? = nil, runAsUser: Int64? = nil, runAsGroup: Int64? = nil,
        runAsNonRoot: Bool? = nil, readOnlyRootFilesystem: Bool? = nil, allowPrivilegeEscalation: Bool? = nil,
        procMount: String? = nil, seccompProfile: SeccompProfile? = nil, appArmorProfile: AppArmorProfile? = nil
    ) {
        self.capabilities = capabilities
        self.privileged = privileged
        self.seLinuxOptions = seLinuxOptions
        self.windowsOptions = windowsOptions
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.runAsNonRoot = runAsNonRoot
        self.readOnlyRootFilesystem = readOnlyRootFilesystem
        self.allowPrivilegeEscalation = allowPrivilegeEscalation
        self.procMount = procMount
        self.seccompProfile = seccompProfile
        self.appArmorProfile = appArmorProfile
    }
}

/// core/v1 Capabilities; names with or without CAP_.
package struct Capabilities: Codable, Sendable, Equatable {
    package var add: [String]
    package var drop: [String]

    package init(add: [String] = [], drop: [String] = []) {
        self.add = add
        self.drop = drop
    }
}

/// core/v1 SELinuxOptions.
package struct SELinuxOptions: Codable, Sendable, Equatable {
    package var user: String
    package var role: String
    package var type: String
    package var level: String

    package init(user: String = "", role: String = "", type: String = "", level: String = "") {
        self.user = user
        self.role = role
        self.type = type
        self.level = level
    }
}

/// core/v1 WindowsSecurityContextOptions.
package struct WindowsSecurityContextOptions: Codable, Sendable, Equatable {
    package var gmsaCredentialSpecName: String?
    package var gmsaCredentialSpec: String?
    package var runAsUserName: String?
    package var hostProcess: Bool?

    package init(
        gmsaCredentialSpecName: String? = nil, gmsaCredentialSpec: String? = nil, runAsUserName: String? = nil,
        hostProcess: Bool? = nil
    ) {
        self.gmsaCredentialSpecName = gmsaCredentialSpecName
        self.gmsaCredentialSpec = gmsaCredentialSpec
        self.runAsUserName = runAsUserName
        self.hostProcess = hostProcess
    }
}

/// core/v1 SeccompProfile: RuntimeDefault, Unconfined or Localhost.
package struct SeccompProfile: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var type: String
    package var localhostProfile: String?

    package static var keptWhenEmpty: [String] { ["type"] }

    package init(type: String = "", localhostProfile: String? = nil) {
        self.type = type
        self.localhostProfile = localhostProfile
    }
}

/// core/v1 AppArmorProfile.
package struct AppArmorProfile: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var type: String
    package var localhostProfile: String?

    package static var keptWhenEmpty: [String] { ["type"] }

    package init(type: String = "", localhostProfile: String? = nil) {
        self.type = type
        self.localhostProfile = localhostProfile
    }
}

/// core/v1 Sysctl.
package struct Sysctl: Codable, Sendable, Equatable, KeepsEmptyFields {
    package var name: String
    package var value: String

    package static var keptWhenEmpty: [String] { ["name", "value"] }

    package init(name: String = "", value: String = "") {
        self.name = name
        self.value = value
    }
}
