/// What planning has to know about the host, read once by `PodLinux`.
package struct NodeFacts: Codable, Sendable, Equatable {
    package var hostName: String
    package var memoryBytes: Int64
    package var cpuCount: Int
    package var cgroup: CgroupSupport
    /// The highest capability number that the kernel knows (`/proc/sys/kernel/cap_last_cap`).
    package var lastCapability: Int
    /// The capabilities that podrun's own process has and can give, as a mask.
    package var heldCapabilities: UInt64
    /// Hard limits may be raised and `oom_score_adj` lowered: CAP_SYS_RESOURCE in the host's user namespace.
    package var canRaiseLimits: Bool
    /// The kernel enforces AppArmor profiles.
    package var hasAppArmor: Bool
    /// Hard RLIMIT_NOFILE that can be given to a container.
    package var nofileHardLimit: UInt64
    /// Text of the host's resolv.conf; the file behind a loopback resolver (systemd-resolved) when there is one.
    package var resolvConf: String
    /// Text of the host's /etc/hosts, which pods of the host's network see; read when there is one.
    package var hosts: String
    /// The address that `status.hostIP` shows.
    package var hostIP: String
    /// Size of the disk that volumes and writable layers are on.
    package var diskBytes: Int64
    /// Bytes of huge pages that the host keeps, by the resource's name (`hugepages-2Mi`); sizes without any are left out.
    package var hugePages: [String: Int64]

    package init(
        hostName: String, memoryBytes: Int64, cpuCount: Int, cgroup: CgroupSupport, lastCapability: Int = 40,
        heldCapabilities: UInt64 = .max,
        canRaiseLimits: Bool = true, hasAppArmor: Bool = false, nofileHardLimit: UInt64 = 524_288,
        resolvConf: String = "", hosts: String = "",
        hostIP: String = "",
        diskBytes: Int64 = 0, hugePages: [String: Int64] = [:]
    ) {
        self.hostName = hostName
        self.memoryBytes = memoryBytes
        self.cpuCount = cpuCount
        self.cgroup = cgroup
        self.lastCapability = lastCapability
        self.heldCapabilities = heldCapabilities
        self.canRaiseLimits = canRaiseLimits
        self.hasAppArmor = hasAppArmor
        self.nofileHardLimit = nofileHardLimit
        self.resolvConf = resolvConf
        self.hosts = hosts
        self.hostIP = hostIP
        self.diskBytes = diskBytes
        self.hugePages = hugePages
    }
}

/// The host's cgroup v2 hierarchy as far as podrun can use it.
package struct CgroupSupport: Codable, Sendable, Equatable {
    /// The directory of the v2 mount; nil where there is none.
    package var root: String?
    package var driver = CgroupDriver.cgroupfs
    /// Controllers that podrun can enable for its tree ("cpu", "memory", "pids", ...).
    package var controllers: Set<String>
    /// No v1 hierarchy beside it.
    package var isUnified: Bool
    /// Of which the host keeps huge pages, by the resource's name (`hugepages-2Mi`).
    package var hugePages: [String] = []

    package init(root: String?, controllers: Set<String>, isUnified: Bool) {
        self.root = root
        self.controllers = controllers
        self.isUnified = isUnified
    }

    /// The directory in which podrun's tree is.
    package var parent: String? { root.map { driver == .systemd ? "\($0)/\(PodsUnit.path)" : $0 } }

    package static let none = CgroupSupport(root: nil, controllers: [], isUnified: false)
}
