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

    /// nil: unconfined. Privileged containers are, unless they name a profile of the host (containerd).
    init?(container: Container, pod: Pod, node: NodeFacts) {
        guard node.hasAppArmor else { return nil }
        let asked = pod.appArmorProfile(of: container)
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

    /// The kubelet's words (pkg/security/apparmor) for a pod that can't have what it asks for on this host.
    package static func refusal(of pod: Pod, on node: NodeFacts) -> String? {
        let isRequired = pod.allContainers.contains { container in
            pod.appArmorProfile(of: container).map { $0.type != "Unconfined" } ?? false
        }
        return isRequired && !node.hasAppArmor ? "Cannot enforce AppArmor: AppArmor is not enabled on the host" : nil
    }

    /// containerd's words, and what to do.
    static func missing(profile: String) -> String {
        let file = profile == defaultProfile ? "/etc/apparmor.d/podrun-default" : "FILE"
        return "apparmor profile not found \(profile): load it with: apparmor_parser -r \(file)"
    }
}
