extension ChildProgramBuilder {
    /// What only the host's /proc can be asked for, while it is in sight and nothing of the container is.
    mutating func appendHostAttributes(oomScoreAdjust: Int, appArmor: AppArmorChoice?) {
        append(
            .writeFile(
                path: "/proc/self/oom_score_adj", bytes: Array(String(oomScoreAdjust).utf8), tolerateDenied: true,
                optional: false))
        guard let appArmor else { return }
        append(
            .writeFile(
                path: AppArmorChoice.file, bytes: Array("exec \(appArmor.profile)".utf8), tolerateDenied: false,
                optional: appArmor.isOptional))
    }

    /// The last steps of every process in a container, the same for start, exec, probes and hooks, so that none of them
    /// can have more rights than another (attack A7). `executable`: what runs instead of the file that `arguments` name.
    /// `users`: where to find the pod's user namespace, if it has one; `isFirst`: no process of the container is there yet.
    mutating func appendProcess(
        identity: ResolvedIdentity, arguments: [String], environment: [EnvironmentVariable], workingDirectory: String,
        searchPath: String, executable: Slot? = nil, users: Slot? = nil, isFirst: Bool = false
    ) {
        // Limits while CAP_SYS_RESOURCE is still there: a hard limit can't be raised later.
        for limit in identity.limits { append(.limit(limit.limit, soft: limit.soft, hard: limit.hard)) }
        if let users {
            // After the last step that only the host's root may do; from here on it is the pod's.
            append(.setNamespaces(of: users, .user))
            append(.identity(user: 0, group: 0))
            // A copy of the mounts that the user namespace owns: its root may mount, and take nothing of these away.
            if isFirst { append(.unshare(.mount)) }
        }
        // A keyring of its own before anything of the container runs: the host session's keys are out of reach.
        append(.keyring)
        // The umask of directories that the next step makes, and of the container.
        append(.umask(0o022))
        // As root: the directory may have to be made. Checked to be inside the root.
        append(.workingDirectory(workingDirectory))
        // While CAP_SETPCAP is there.
        append(.bounding(identity.bounding))
        // Before the uid changes: afterwards CAP_SETGID would be gone.
        append(.groups(identity.groups))
        append(.identity(user: identity.user, group: identity.group))
        // Before the filter: after it prctl may be refused.
        if identity.noNewPrivileges { append(.noNewPrivileges) }
        // While CAP_SYS_ADMIN is there: without no_new_privs only it may load a filter. Little is left to call
        // after it.
        if let seccomp = identity.seccomp { loadSeccomp(seccomp) }
        // The last right goes: inheritable and ambient are emptied with it.
        append(.capabilities(identity.permitted))
        if let executable {
            append(
                .executeDescriptor(executable, arguments: arguments, environment: environment.map(\.text)))
            return
        }
        let isPath = arguments.first?.contains("/") ?? false
        // "" would mean that the name is a path; with an empty PATH it is to be found nowhere.
        let search = isPath ? "" : (searchPath.isEmpty ? "/dev/null" : searchPath)
        append(.execute(arguments: arguments, environment: environment.map(\.text), searchPath: search))
    }
}
