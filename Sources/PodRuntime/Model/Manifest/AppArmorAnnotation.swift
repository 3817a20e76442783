/// How pods asked for AppArmor profiles before Kubernetes 1.30: `container.apparmor.security.beta.kubernetes.io/<container>`
/// with `runtime/default`, `unconfined` or `localhost/<profile>`.
package enum AppArmorAnnotation {
    static let prefix = "container.apparmor.security.beta.kubernetes.io/"

    /// nil: the value is none of the three.
    static func profile(_ value: String) -> AppArmorProfile? {
        switch value {
        // As for the API server, "" is the default.
        case "", "runtime/default": return AppArmorProfile(type: "RuntimeDefault")
        case "unconfined": return AppArmorProfile(type: "Unconfined")
        default:
            guard value.hasPrefix("localhost/") else { return nil }
            return AppArmorProfile(type: "Localhost", localhostProfile: String(value.dropFirst("localhost/".count)))
        }
    }
}

extension Pod {
    /// What a container's processes run under: its own profile before the pod's. nil: it asks for none.
    package func appArmorProfile(of container: Container) -> AppArmorProfile? {
        container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile
    }

    /// An annotation becomes the field, where that is not there (the API server does the same).
    mutating func setAppArmorDefaults() {
        guard metadata.annotations.keys.contains(where: { $0.hasPrefix(AppArmorAnnotation.prefix) }) else { return }
        let profiles = metadata.annotations
        func profile(of container: Container) -> AppArmorProfile? {
            guard container.securityContext?.appArmorProfile == nil,
                let value = profiles[AppArmorAnnotation.prefix + container.name]
            else { return nil }
            return AppArmorAnnotation.profile(value)
        }
        for index in spec.initContainers.indices {
            spec.initContainers[index].confine(profile(of: spec.initContainers[index]))
        }
        for index in spec.containers.indices { spec.containers[index].confine(profile(of: spec.containers[index])) }
    }
}

extension Container {
    fileprivate mutating func confine(_ profile: AppArmorProfile?) {
        guard let profile else { return }
        var context = securityContext ?? SecurityContext()
        context.appArmorProfile = profile
        securityContext = context
    }
}
