import PodModel

/// Who a container's process runs as: securityContext before the image's USER, names looked up in the image only.
struct UserResolution {
    let container: Container
    let pod: Pod
    let imageUser: String
    let database: UserDatabase

    struct Result: Equatable {
        var user: UInt32
        var group: UInt32
        var groups: [UInt32]
        var home: String
    }

    private var podContext: PodSecurityContext { pod.spec.securityContext ?? PodSecurityContext() }
    private var context: SecurityContext { container.securityContext ?? SecurityContext() }

    func resolve() throws(ResolveError) -> Result {
        let (userPart, groupPart) = try parts(of: imageUser)
        let explicitUser = context.runAsUser ?? podContext.runAsUser
        let explicitGroup = context.runAsGroup ?? podContext.runAsGroup
        try checkNonRoot(explicitUser: explicitUser, imageUserPart: userPart)

        let user: UInt32
        let entry: UserDatabase.User?
        if let explicitUser {
            user = try id(explicitUser, field: "runAsUser")
            entry = database.user(withID: user)
        } else {
            (user, entry) = try lookUp(user: userPart)
        }

        let group: UInt32
        if let explicitGroup {
            group = try id(explicitGroup, field: "runAsGroup")
        } else if explicitUser == nil, !groupPart.isEmpty {
            // The image's group goes with the image's user; another user gets the primary group that passwd knows.
            group = try lookUp(group: groupPart)
        } else {
            group = entry?.gid ?? 0
        }
        // The last word, whatever names or numbers led here.
        if isNonRootWanted, user == 0 { throw runsAsRoot() }

        let home = entry?.home ?? ""
        return Result(
            user: user, group: group, groups: try supplementaryGroups(primary: group, entry: entry),
            home: home.isEmpty ? "/" : home)
    }

    /// `user[:group]`; a missing user is root.
    private func parts(of text: String) throws(ResolveError) -> (user: String, group: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2 else {
            throw ResolveError(.createContainerError, "invalid USER value \(quoted(text)): more than one colon")
        }
        let user = parts.first ?? ""
        return (user.isEmpty ? "0" : user, parts.count == 2 ? parts[1] : "")
    }

    private func lookUp(user name: String) throws(ResolveError) -> (UInt32, UserDatabase.User?) {
        if isDigits(name) {
            guard let uid = parseID(name) else {
                throw ResolveError(.createContainerError, "user id \(name) is not between 0 and 2147483647")
            }
            return (uid, database.user(withID: uid))
        }
        guard let entry = database.user(named: name) else {
            throw ResolveError(
                .createContainerError, "unable to find user \(name): no matching entries in passwd file")
        }
        return (entry.uid, entry)
    }

    private func lookUp(group name: String) throws(ResolveError) -> UInt32 {
        if isDigits(name) {
            guard let gid = parseID(name) else {
                throw ResolveError(.createContainerError, "group id \(name) is not between 0 and 2147483647")
            }
            return gid
        }
        guard let entry = database.group(named: name) else {
            throw ResolveError(
                .createContainerError, "unable to find group \(name): no matching entries in group file")
        }
        return entry.gid
    }

    private func supplementaryGroups(
        primary: UInt32, entry: UserDatabase.User?
    ) throws(ResolveError) -> [UInt32] {
        var groups: Set<UInt32> = [primary]
        // Strict: only what the pod lists, nothing from the image.
        if podContext.supplementalGroupsPolicy != "Strict", let entry {
            groups.formUnion(database.groups(of: entry.name))
        }
        for group in podContext.supplementalGroups { groups.insert(try id(group, field: "supplementalGroups")) }
        if let group = podContext.fsGroup { groups.insert(try id(group, field: "fsGroup")) }
        return groups.sorted()
    }

    private func id(_ value: Int64, field: String) throws(ResolveError) -> UInt32 {
        guard value >= 0, value <= Int64(Int32.max) else {
            throw ResolveError(.createContainerConfigError, "\(field) \(value) is not between 0 and 2147483647")
        }
        if pod.spec.hostUsers == false, value >= Int64(UserNamespaceIDs.count) {
            throw ResolveError(
                .createContainerConfigError, "\(field) \(value) is not in the pod's user namespace (0 to 65535)")
        }
        return UInt32(value)
    }

    private var isNonRootWanted: Bool { context.runAsNonRoot ?? podContext.runAsNonRoot ?? false }

    /// The kubelet's checks and words (pkg/kubelet/kuberuntime/security_context.go).
    private func checkNonRoot(explicitUser: Int64?, imageUserPart: String) throws(ResolveError) {
        guard isNonRootWanted else { return }
        if let explicitUser {
            if explicitUser == 0 {
                throw ResolveError(
                    .createContainerConfigError,
                    "container's runAsUser breaks non-root policy (\(place))")
            }
        } else if !isDigits(imageUserPart) {
            throw ResolveError(
                .createContainerConfigError,
                "container has runAsNonRoot and image has non-numeric user (\(imageUserPart)), "
                    + "cannot verify user is non-root (\(place))")
        } else if parseID(imageUserPart) == 0 {
            throw runsAsRoot()
        }
    }

    private func runsAsRoot() -> ResolveError {
        ResolveError(
            .createContainerConfigError, "container has runAsNonRoot and image will run as root (\(place))")
    }

    private var place: String { "pod: \(quoted(pod.logText)), container: \(container.name)" }
}
