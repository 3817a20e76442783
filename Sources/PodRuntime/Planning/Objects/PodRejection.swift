import PodModel

/// Why the host can't take a pod at all (pkg/kubelet/lifecycle/predicate.go); the pod stays, Failed.
package struct PodRejection: Sendable, Equatable {
    /// OutOfcpu and the like, SysctlForbidden, AppArmor.
    package var reason: String
    package var message: String

    package init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

extension PodRejection {
    /// Whether a new pod can't be had on the host, in the order of the kubelet's handlers (kubelet.go, NewMainKubelet).
    ///
    /// - Parameter others: all other pods that are not finished, with what they are allocated.
    package init?(of pod: Pod, others: [Pod], on node: NodeFacts) {
        guard
            let first = Self(forSysctlsOf: pod) ?? Self(forRequestsOf: pod, others: others, on: node)
                ?? Self(forProfilesOf: pod, on: node)
        else { return nil }
        self = first
    }

    /// The same, but for what other pods have: whether the host can't take the pod at any time.
    package init?(of pod: Pod, on node: NodeFacts) {
        guard let first = Self(forSysctlsOf: pod) ?? Self(forProfilesOf: pod, on: node) else { return nil }
        self = first
    }

    /// pkg/kubelet/sysctl/safe_sysctls.go
    private static let safeSysctls: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ]

    /// pkg/kubelet/sysctl/allowlist.go
    private init?(forSysctlsOf pod: Pod) {
        let names = (pod.spec.securityContext?.sysctls ?? []).lazy.map(\.dottedName)
        guard let name = names.first(where: { !Self.safeSysctls.contains($0) }) else { return nil }
        self.init(
            reason: "SysctlForbidden", message: "forbidden sysctl: \(FieldError.quoted(name)) not allowlisted")
    }

    /// pkg/kubelet/lifecycle/handlers.go and pkg/security/apparmor/validate.go. Whether a profile is loaded is not asked: its
    /// container can't be created where it isn't.
    private init?(forProfilesOf pod: Pod, on node: NodeFacts) {
        let isRequired = pod.allContainers.contains { container in
            pod.appArmorProfile(of: container).map { $0.type != "Unconfined" } ?? false
        }
        guard isRequired, !node.hasAppArmor else { return nil }
        self.init(reason: "AppArmor", message: "Cannot enforce AppArmor: AppArmor is not enabled on the host")
    }

    /// Whether the host lacks what the pod requests beside all others.
    private init?(forRequestsOf pod: Pod, others: [Pod], on node: NodeFacts) {
        let wanted = PodResources(pod).requests
        let used = others.map { PodResources($0).requests }.reduce(PodResources.Amounts(), +)
        guard let lack = wanted.shares(used: used, of: PodResources.Amounts(node)).first(where: \.isLacking) else {
            return nil
        }
        self.init(reason: "OutOf\(lack.name)", message: lack.message)
    }
}

extension PodResources.Amounts {
    /// What a host has of one resource and what of it is wanted: CPU in thousandths, the others in bytes.
    struct Share {
        var name: String
        var requested: Int64
        var used: Int64
        var capacity: Int64

        /// What is not asked for is never missing.
        var isLacking: Bool { requested > 0 && saturatingSum(requested, used) > capacity }

        var message: String {
            "Node didn't have enough resource: \(name), requested: \(requested), used: \(used), capacity: \(capacity)"
        }
    }

    /// All that a host has: podrun sets nothing aside.
    init(_ node: NodeFacts) {
        self.init(
            milliCPU: Int64(node.cpuCount) * 1000, memory: node.memoryBytes,
            // 0: the disk's size is not known.
            ephemeralStorage: node.diskBytes > 0 ? node.diskBytes : .max, hugePages: node.hugePages)
    }

    /// In the scheduler's order (noderesources/fit.go, fitsRequest).
    func shares(used: Self, of capacity: Self) -> [Share] {
        [
            Share(name: "cpu", requested: milliCPU, used: used.milliCPU, capacity: capacity.milliCPU),
            Share(name: "memory", requested: memory, used: used.memory, capacity: capacity.memory),
            Share(
                name: "ephemeral-storage", requested: ephemeralStorage, used: used.ephemeralStorage,
                capacity: capacity.ephemeralStorage),
        ]
            + hugePages.sorted { $0.key < $1.key }.map { name, bytes in
                Share(
                    name: name, requested: bytes, used: used.hugePages[name] ?? 0,
                    capacity: capacity.hugePages[name] ?? 0)
            }
    }
}
