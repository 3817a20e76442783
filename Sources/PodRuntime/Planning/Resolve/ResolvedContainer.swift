import PodModel

/// One container, all questions answered: what runs, as whom, with what rights, seeing which volumes.
package struct ResolvedContainer: Sendable, Equatable {
    package var name: String
    package var identity: ResolvedIdentity
    package var arguments: [String]
    package var environment: [EnvironmentVariable]
    package var workingDirectory: String
    package var isRootReadOnly: Bool
    package var isPrivileged: Bool
    /// nil: the host's users.
    package var userNamespace: UserNamespaceIDs?
    package var hasTerminal: Bool
    package var hasStandardInput: Bool
    /// Sorted by the number of path parts, then as the pod lists them: parents are mounted before what is below them.
    package var mounts: [ResolvedMount]
    /// All of the host's for a privileged container, none for others.
    package var devices: [HostDevice]
    package var maskedPaths: [String]
    package var readOnlyPaths: [String]
    package var oomScoreAdjust: Int
    /// Where the termination message file is mounted.
    package var terminationMessagePath: String
    /// The image's STOPSIGNAL ("SIGQUIT", "3"), or "" for SIGTERM.
    package var stopSignal: String
    /// Overlay's lower layers, bottom to top.
    package var layers: [String]

    /// Volumes with Bidirectional propagation. An image's files are put together for one container alone: nothing of
    /// the host is there.
    var sharedMounts: [ResolvedMount] {
        mounts.filter { mount in
            if case .image = mount.source { return false }
            return mount.propagation == .shared
        }
    }

    /// Value of PATH in `environment`.
    package var searchPath: String {
        environment.last { $0.name == "PATH" }?.value ?? ""
    }
}

/// Who a process is and what it may do: the same for start, exec, probes and hooks.
package struct ResolvedIdentity: Sendable, Equatable {
    package var user: UInt32
    package var group: UInt32
    /// All supplementary groups, the primary one included, sorted.
    package var groups: [UInt32]
    package var bounding: CapabilitySet
    /// Permitted and effective: the bounding set for root, empty for everyone else.
    package var permitted: CapabilitySet
    package var noNewPrivileges: Bool
    /// "RuntimeDefault", "Localhost/<file>" or "Unconfined".
    package var seccompName: String
    package var seccomp: SeccompPlan?
    /// nil: unconfined, or a host without AppArmor.
    package var appArmor: AppArmorChoice?
    package var limits: [ResolvedLimit]
}

package struct ResolvedLimit: Sendable, Equatable {
    package var limit: ResourceLimit
    package var soft: UInt64
    /// UInt64.max is "unlimited", as on the wire.
    package var hard: UInt64
}

package struct EnvironmentVariable: Codable, Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    package var text: String { "\(name)=\(value)" }
}

/// A volume in a container.
package struct ResolvedMount: Sendable, Equatable {
    package enum Source: Sendable, Equatable {
        /// An emptyDir on disk or a configMap volume, made in the pod's data directory.
        case directory(volume: String)
        /// An emptyDir in memory, mounted by the keeper.
        case memory(volume: String)
        /// A secret, downwardAPI or projected volume, written by the agent where nothing reaches a disk.
        case memoryFiles(volume: String)
        case hostPath(String)
        /// What a PersistentVolumeClaim of the pod's namespace holds.
        case claim(String)
        /// The files of an image, read-only. Names of its layers, bottom to top.
        case image(layers: [String])
    }

    package var source: Source
    package var volume: String
    /// Cleaned absolute path in the container.
    package var path: String
    /// Cleaned relative path inside the volume, or "".
    package var subPath: String
    package var isReadOnly: Bool
    /// Submounts become read-only too.
    package var isRecursivelyReadOnly: Bool
    package var propagation: MountPropagation
}
