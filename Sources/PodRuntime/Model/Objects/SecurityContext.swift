/// Capabilities added and dropped.
package struct Capabilities: Codable, Sendable, Equatable {
    package var add: [String] = []
    package var drop: [String] = []

    package init(add: [String] = [], drop: [String] = []) {
        self.add = add
        self.drop = drop
    }
}

/// SELinux label.
package struct SELinuxOptions: Codable, Sendable, Equatable {
    package var user = ""
    package var role = ""
    package var type = ""
    package var level = ""

    package init(user: String = "", role: String = "", type: String = "", level: String = "") {
        self.user = user
        self.role = role
        self.type = type
        self.level = level
    }
}

/// RuntimeDefault, Localhost or Unconfined.
package struct SeccompProfile: Codable, Sendable, Equatable {
    package var type = ""
    package var localhostProfile: String? = nil

    package init(type: String = "", localhostProfile: String? = nil) {
        self.type = type
        self.localhostProfile = localhostProfile
    }
}

/// RuntimeDefault, Localhost or Unconfined.
package struct AppArmorProfile: Codable, Sendable, Equatable {
    package var type = ""
    package var localhostProfile: String? = nil

    package init(type: String = "", localhostProfile: String? = nil) {
        self.type = type
        self.localhostProfile = localhostProfile
    }
}

/// Windows only.
package struct WindowsSecurityContextOptions: Codable, Sendable, Equatable {
    package var gmsaCredentialSpecName: String? = nil
    package var gmsaCredentialSpec: String? = nil
    package var runAsUserName: String? = nil
    package var hostProcess: Bool? = nil

    package init(
        gmsaCredentialSpecName: String? = nil, gmsaCredentialSpec: String? = nil, runAsUserName: String? = nil, hostProcess: Bool? = nil
    ) {
        self.gmsaCredentialSpecName = gmsaCredentialSpecName
        self.gmsaCredentialSpec = gmsaCredentialSpec
        self.runAsUserName = runAsUserName
        self.hostProcess = hostProcess
    }
}

/// A kernel parameter of the pod.
package struct Sysctl: Codable, Sendable, Equatable {
    package var name = ""
    package var value = ""

    package init(name: String = "", value: String = "") {
        self.name = name
        self.value = value
    }
}

/// Rights of one container.
package struct SecurityContext: Codable, Sendable, Equatable {
    package var capabilities: Capabilities? = nil
    package var privileged: Bool? = nil
    package var seLinuxOptions: SELinuxOptions? = nil
    package var windowsOptions: WindowsSecurityContextOptions? = nil
    package var runAsUser: Int64? = nil
    package var runAsGroup: Int64? = nil
    package var runAsNonRoot: Bool? = nil
    package var readOnlyRootFilesystem: Bool? = nil
    package var allowPrivilegeEscalation: Bool? = nil
    package var procMount: String? = nil
    package var seccompProfile: SeccompProfile? = nil
    package var appArmorProfile: AppArmorProfile? = nil

    package init() {}
}

/// Rights of all containers of a pod.
package struct PodSecurityContext: Codable, Sendable, Equatable {
    package var seLinuxOptions: SELinuxOptions? = nil
    package var windowsOptions: WindowsSecurityContextOptions? = nil
    package var runAsUser: Int64? = nil
    package var runAsGroup: Int64? = nil
    package var runAsNonRoot: Bool? = nil
    package var supplementalGroups: [Int64] = []
    package var supplementalGroupsPolicy: String? = nil
    package var fsGroup: Int64? = nil
    package var sysctls: [Sysctl] = []
    package var fsGroupChangePolicy: String? = nil
    package var seccompProfile: SeccompProfile? = nil
    package var appArmorProfile: AppArmorProfile? = nil
    package var seLinuxChangePolicy: String? = nil

    package init() {}
}
