import PodModel

/// What `debug --profile` allows a container, and what it takes from it (kubectl's pkg/cmd/debug/profiles.go).
enum DebugProfile: String, CaseIterable {
    case general, baseline, restricted, netadmin, sysadmin

    func apply(to context: inout SecurityContext?) {
        if self == .baseline { return }
        var changed = context ?? SecurityContext()
        var capabilities = changed.capabilities ?? Capabilities()
        switch self {
        case .baseline: break
        case .general: capabilities.add.append("SYS_PTRACE")
        case .restricted:
            changed.runAsNonRoot = true
            changed.allowPrivilegeEscalation = false
            changed.seccompProfile = SeccompProfile(type: "RuntimeDefault")
            capabilities = Capabilities(drop: ["ALL"])
        case .netadmin: capabilities.add += ["NET_ADMIN", "NET_RAW"]
        case .sysadmin: changed.privileged = true
        }
        if capabilities != Capabilities() { changed.capabilities = capabilities }
        context = changed
    }
}
