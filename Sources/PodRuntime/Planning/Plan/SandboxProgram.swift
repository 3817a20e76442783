import PodModel

/// The pause's child program.
struct SandboxProgram {
    let pod: Pod
    let node: NodeFacts
    let paths: HostPaths
    let hostName: String
    let userNamespace: UserNamespaceIDs?

    func build() -> ChildProgram {
        var flags: NamespaceSet = [.network, .ipc, .uts, .pid, .mount]
        if pod.spec.hostNetwork { flags.subtract([.network, .uts]) }
        if pod.spec.hostIPC { flags.subtract(.ipc) }
        if pod.spec.hostPID { flags.subtract(.pid) }
        let own = flags
        // A user namespace owns those that are made in it. The pid namespace is made by the clone: the host's owns it.
        if userNamespace != nil { flags.formIntersection(.pid) }
        var builder = ChildProgramBuilder(
            cloneFlags: flags,
            passedSlots: [.pauseExecutable] + (node.cgroup.root == nil ? [] : [.cgroup])
                + (userNamespace == nil ? [] : [.userNamespace]))

        // The pod's namespaces live as long as pause does: it goes last when memory runs out.
        builder.append(
            .writeFile(
                path: "/proc/self/oom_score_adj", bytes: Array(String(OOMScore.pause).utf8), tolerateDenied: true,
                optional: false))
        // Still the host's uid 0, whose directories it passes; its rights are those of the pod's root.
        if let slot = builder.program.slot(of: .userNamespace) {
            builder.append(.setNamespaces(of: slot, .user))
            builder.append(.unshare(own.subtracting(.pid)))
        }
        // Kernel parameters: they need the host's /proc, which shows each process its own net and ipc values.
        for parameter in parameters {
            builder.append(
                .writeFile(
                    path: "/proc/sys/" + parameter.name.split(separator: ".").joined(separator: "/"),
                    bytes: Array(parameter.value.utf8), tolerateDenied: false, optional: parameter.isOptional))
        }
        // The containers join this uts namespace and have no right to change it.
        if own.contains(.uts) { builder.append(.hostName(hostName)) }
        // The agent sets up the pod's links through this socket and never enters the namespace itself.
        if own.contains(.network) { builder.append(.netlink(tag: ReturnTag.netlink)) }
        // From here on there is nothing to see: an empty root, no rights, then pause itself.
        let root = builder.newSlot()
        builder.append(
            .makeRoot(
                into: root, at: paths.rootMountPoint,
                options: ["source=tmpfs", "mode=755", "size=4k", "nr_inodes=2"], readOnly: true))
        builder.append(.pivot(root: root))
        builder.append(.bounding([]))
        if userNamespace != nil { builder.append(.identity(user: 0, group: 0)) }
        builder.append(.noNewPrivileges)
        builder.append(.capabilities([]))
        let executable = builder.program.slot(of: .pauseExecutable) ?? Slot(0)
        builder.append(.executeDescriptor(executable, arguments: ["/pause"], environment: []))
        return builder.program
    }

    private struct Parameter {
        var name: String
        var value: String
        var isOptional: Bool
    }

    /// Non-root may bind low ports and send pings, unless the pod says otherwise (containerd's defaults); then the
    /// pod's.
    private var parameters: [Parameter] {
        let asked = pod.spec.securityContext?.sysctls ?? []
        var parameters: [Parameter] = []
        if !pod.spec.hostNetwork {
            for (name, value) in [
                ("net.ipv4.ip_unprivileged_port_start", "0"),
                (
                    "net.ipv4.ping_group_range",
                    "0 \(userNamespace == nil ? Int32.max : Int32(UserNamespaceIDs.count - 1))"
                ),
            ] where !asked.contains(where: { $0.dottedName == name }) {
                parameters.append(Parameter(name: name, value: value, isOptional: true))
            }
        }
        return parameters + asked.map { Parameter(name: $0.dottedName, value: $0.value, isOptional: false) }
    }
}
