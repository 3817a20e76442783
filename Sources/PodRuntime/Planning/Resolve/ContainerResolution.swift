import PodModel

/// Answers all open questions of one container from its pod, its image and the host. Pure.
package enum ContainerResolution {
    /// `podIP`: nil while the pod has no address. `localhostProfiles`: contents of the files below
    /// `HostPaths.seccompDirectory` that the pod names, by name; one that is not there is an error.
    /// `configuration`: the ConfigMaps and Secrets of the pod's namespace. `volumeImages`: of image volumes, by volume.
    /// `hostDevices`: asked for when the container is privileged.
    package static func resolve(
        container: Container, pod: Pod, image: ImageFacts, volumeImages: [String: ImageFacts] = [:], node: NodeFacts,
        podIP: String?, localhostProfiles: [String: [UInt8]] = [:], configuration: PodConfiguration = .none,
        hostDevices: () -> [HostDevice] = { [] }
    ) throws(ResolveError) -> ResolvedContainer {
        let context = container.securityContext ?? SecurityContext()
        let user = try UserResolution(
            container: container, pod: pod, imageUser: image.config.config.user,
            database: UserDatabase(passwd: image.passwd, group: image.group)
        ).resolve()
        var environmentResolution = EnvironmentResolution(
            container: container, pod: pod, image: image, node: node, podIP: podIP, home: user.home,
            configuration: configuration)
        let environment = try environmentResolution.resolve()
        let isPrivileged = context.privileged ?? false
        let bounding = try capabilities(context, isPrivileged: isPrivileged, node: node)
        let (seccompName, seccomp) = try SeccompChoice(
            container: container, pod: pod, capabilities: bounding, localhostProfiles: localhostProfiles
        ).resolve()
        let showsAllOfProc = isPrivileged || context.procMount == "Unmasked"
        try checkMemoryLimit(container, in: pod)

        return ResolvedContainer(
            name: container.name,
            identity: ResolvedIdentity(
                user: user.user, group: user.group, groups: user.groups, bounding: bounding,
                permitted: user.user == 0 ? bounding : [],
                noNewPrivileges: context.allowPrivilegeEscalation == false, seccompName: seccompName,
                seccomp: seccomp, appArmor: AppArmorChoice(container: container, pod: pod, node: node),
                limits: limits(node)),
            arguments: try arguments(of: container, image: image, values: environment.podValues),
            environment: environment.environment,
            workingDirectory: try workingDirectory(of: container, image: image),
            isRootReadOnly: context.readOnlyRootFilesystem ?? false, isPrivileged: isPrivileged,
            userNamespace: UserNamespaceIDs(pod: pod, podIP: podIP), hasTerminal: container.tty,
            hasStandardInput: container.stdin,
            mounts: try MountResolution(
                container: container, pod: pod, values: environment.podValues, images: volumeImages
            ).resolve(),
            // The host's devices are no matter of a root that is nobody there.
            devices: isPrivileged && pod.spec.hostUsers != false ? hostDevices() : [],
            maskedPaths: showsAllOfProc ? [] : maskedPaths(cpuCount: node.cpuCount),
            readOnlyPaths: showsAllOfProc ? [] : readOnlyPaths,
            oomScoreAdjust: OOMScore.adjust(of: container, in: pod, nodeMemory: node.memoryBytes),
            terminationMessagePath: container.terminationMessagePath.isEmpty
                ? "/dev/termination-log" : cleanedPath(container.terminationMessagePath),
            stopSignal: image.config.config.stopSignal, layers: image.layers)
    }

    /// command replaces ENTRYPOINT and drops CMD, args replaces CMD; `$(VAR)` sees what the pod set.
    private static func arguments(
        of container: Container, image: ImageFacts, values: [String: String]
    ) throws(ResolveError) -> [String] {
        let configuration = image.config.config
        let command = container.command.map { expandVariables(in: $0) { values[$0] } }
        let args = container.args.map { expandVariables(in: $0) { values[$0] } }
        let arguments: [String]
        if !command.isEmpty {
            arguments = command + args
        } else if !args.isEmpty {
            arguments = configuration.entrypoint + args
        } else {
            arguments = configuration.entrypoint + configuration.cmd
        }
        guard let executable = arguments.first else {
            throw ResolveError(
                .createContainerError,
                "no command specified: neither the container nor the image \(quoted(image.reference)) names one")
        }
        if executable.isEmpty {
            throw ResolveError(.runContainerError, "exec: \"\": executable file not found in $PATH")
        }
        if arguments.contains(where: { $0.utf8.contains(0) }) {
            throw ResolveError(.runContainerError, "invalid argument: it holds a NUL byte")
        }
        return arguments
    }

    private static func workingDirectory(
        of container: Container, image: ImageFacts
    ) throws(ResolveError) -> String {
        let written = container.workingDir.isEmpty ? image.config.config.workingDir : container.workingDir
        if written.isEmpty { return "/" }
        guard written.hasPrefix("/") else {
            throw ResolveError(
                .createContainerError, "working directory \(quoted(written)) is not an absolute path")
        }
        return cleanedPath(written)
    }

    /// Add first, then drop, "ALL" in both: the kubelet's and containerd's order. A name in both lists stays when
    /// everything else was dropped by "ALL", as `drop: [ALL], add: [X]` is how pods ask for X alone.
    private static func capabilities(
        _ context: SecurityContext, isPrivileged: Bool, node: NodeFacts
    ) throws(ResolveError) -> CapabilitySet {
        let all = CapabilitySet.all(last: node.lastCapability)
            .intersection(CapabilitySet(rawValue: node.heldCapabilities))
        if isPrivileged { return all }
        let add = context.capabilities?.add ?? []
        let drop = context.capabilities?.drop ?? []
        var set = CapabilitySet.containerDefault.intersection(all)
        if add.contains(where: isAll) { set = all }
        if drop.contains(where: isAll) { set = [] }
        for name in add where !isAll(name) { set.formUnion(try capability(name, known: all)) }
        for name in drop where !isAll(name) { set.subtract(try capability(name, known: all)) }
        return set
    }

    private static func isAll(_ name: String) -> Bool { name.uppercased() == "ALL" }

    private static func capability(_ name: String, known: CapabilitySet) throws(ResolveError) -> CapabilitySet {
        guard let capability = CapabilitySet(name: name) else {
            throw ResolveError(.createContainerError, "unknown capability \(quoted(name))")
        }
        guard known.isSuperset(of: capability) else {
            throw ResolveError(
                .createContainerError, "capability \(quoted(name)): neither this kernel nor podrun's own process has it"
            )
        }
        return capability
    }

    /// Below this no process starts: it would be killed for memory before its first instruction, with no clear sign.
    private static let minimumMemoryLimit: Int64 = 6 << 20

    private static func checkMemoryLimit(_ container: Container, in pod: Pod) throws(ResolveError) {
        let quantity = container.resources.limits["memory"] ?? pod.spec.resources?.limits["memory"]
        guard let limit = quantity?.value, limit > 0, limit < minimumMemoryLimit else { return }
        throw ResolveError(
            .createContainerError,
            "memory limit \(limit) is too low: at least \(minimumMemoryLimit) bytes (6Mi) are needed to start a process"
        )
    }

    /// Fixed, never inherited from whoever started the agent (docs: container-env section 7).
    private static func limits(_ node: NodeFacts) -> [ResolvedLimit] {
        let unlimited = UInt64.max
        let openFiles = min(524_288, node.nofileHardLimit)
        return [
            ResolvedLimit(limit: .core, soft: 0, hard: unlimited),
            ResolvedLimit(limit: .stack, soft: 8 << 20, hard: unlimited),
            ResolvedLimit(limit: .openFiles, soft: min(1024, openFiles), hard: openFiles),
            ResolvedLimit(limit: .lockedMemory, soft: 8 << 20, hard: 8 << 20),
            // The kernel's defaults: a higher message queue limit takes unswappable memory, higher priorities take
            // CPUs.
            ResolvedLimit(limit: .messageQueue, soft: 819_200, hard: 819_200),
            ResolvedLimit(limit: .nice, soft: 0, hard: 0),
            ResolvedLimit(limit: .realtimePriority, soft: 0, hard: 0),
        ]
            + [
                .processes, .pendingSignals, .cpu, .fileSize, .data, .residentSet, .addressSpace, .locks, .realtimeTime,
            ].map { ResolvedLimit(limit: $0, soft: unlimited, hard: unlimited) }
    }

    /// What a container may not read (docs: container-env section 2). Absent ones are skipped when they are mounted.
    static func maskedPaths(cpuCount: Int) -> [String] {
        [
            "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
            "/sys/devices/virtual/powercap",
        ] + (0..<cpuCount).map { "/sys/devices/system/cpu/cpu\($0)/thermal_throttle" }
    }

    /// What a container may read but not write (section 3).
    static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}
