import PodModel

/// Which filter a container gets: its own profile before the pod's, and RuntimeDefault where neither says.
struct SeccompChoice {
    let container: Container
    let pod: Pod
    let capabilities: CapabilitySet
    let localhostProfiles: [String: [UInt8]]

    func resolve() throws(ResolveError) -> (name: String, plan: SeccompPlan?) {
        // A privileged container runs unconfined whatever its profile says (Kubernetes).
        if container.securityContext?.privileged == true { return ("Unconfined", nil) }
        let profile = container.securityContext?.seccompProfile ?? pod.spec.securityContext?.seccompProfile
        switch profile?.type ?? "RuntimeDefault" {
        case "Unconfined":
            return ("Unconfined", nil)
        case "Localhost":
            return try localhost(profile?.localhostProfile ?? "")
        case "RuntimeDefault":
            if capabilities == .containerDefault { return ("RuntimeDefault", try defaultPlan.get()) }
            return ("RuntimeDefault", try runtimeDefault.get().plan(capabilities: capabilities, name: "RuntimeDefault"))
        case let type:
            throw ResolveError(.createContainerConfigError, "seccomp profile type \(quoted(type)) is not known")
        }
    }

    private func localhost(_ file: String) throws(ResolveError) -> (name: String, plan: SeccompPlan?) {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw ResolveError(
                .createContainerConfigError, "localhostProfile \(quoted(file)) must be a relative path without \"..\"")
        }
        guard let content = localhostProfiles[file] else {
            throw SeccompDocument.problem(file, "no such file below podrun's seccomp directory")
        }
        guard !content.isEmpty else { throw SeccompDocument.problem(file, "the file is empty") }
        let document = try SeccompDocument(json: content, name: file)
        return ("Localhost/\(file)", try document.plan(capabilities: capabilities, name: file))
    }
}

/// Decoded once per process.
private let runtimeDefault = Result<SeccompDocument, ResolveError> { () throws(ResolveError) -> SeccompDocument in
    try SeccompDocument(json: Array(DefaultSeccompProfile.json.utf8), name: "RuntimeDefault")
}

/// Nearly every container's.
private let defaultPlan = Result<SeccompPlan, ResolveError> { () throws(ResolveError) -> SeccompPlan in
    try runtimeDefault.get().plan(capabilities: .containerDefault, name: "RuntimeDefault")
}
