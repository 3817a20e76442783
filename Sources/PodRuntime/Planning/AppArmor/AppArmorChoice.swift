import PodModel

/// The AppArmor profile that a container's processes change to when they are executed.
package struct AppArmorChoice: Sendable, Equatable {
    package var profile: String
    /// Nobody asked for it: where it isn't loaded, the container runs without.
    package var isOptional: Bool

    /// What RuntimeDefault is: packaging/apparmor/podrun-default, which the host loads.
    static let defaultProfile = "podrun-default"
    /// Where a process says what it wants to be from its next execve on.
    static let file = "/proc/self/attr/apparmor/exec"

    /// nil: unconfined. Privileged containers are, unless they name a profile of the host (containerd). What is asked for
    /// where there is no AppArmor (by a debug container, or since a boot) keeps the container from starting.
    init?(container: Container, pod: Pod, node: NodeFacts) {
        let asked = pod.appArmorProfile(of: container)
        guard node.hasAppArmor || asked != nil else { return nil }
        switch asked?.type {
        case "Unconfined": return nil
        case "Localhost": self.init(profile: asked?.localhostProfile ?? "", isOptional: false)
        default:
            if container.securityContext?.privileged == true { return nil }
            self.init(profile: Self.defaultProfile, isOptional: asked == nil)
        }
    }

    private init(profile: String, isOptional: Bool) {
        self.profile = profile
        self.isOptional = isOptional
    }

    /// containerd's words, and what to do.
    static func missing(profile: String) -> String {
        let file = profile == defaultProfile ? "/etc/apparmor.d/podrun-default" : "FILE"
        return "apparmor profile not found \(profile): load it with: apparmor_parser -r \(file)"
    }
}
