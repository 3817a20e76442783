import PodModel

/// A container's child program: from the keeper's clone to the container's own command.
struct ContainerProgram {
    let container: ResolvedContainer
    let pod: Pod
    let node: NodeFacts
    let paths: HostPaths
    let layout: PodLayout

    private var hasCgroup: Bool { node.cgroup.root != nil }
    /// An ephemeral container among another one's processes.
    private var hasTarget: Bool { pod.targetContainer(of: container.name) != nil }
    private var sharesPID: Bool { pod.spec.shareProcessNamespace ?? false }

    /// Paths in the container that a volume takes: the default mount there is left out.
    private func isTaken(_ path: String) -> Bool { container.mounts.contains { $0.path == path } }

    func build() -> ChildProgram {
        var flags: NamespaceSet = [.mount]
        if !sharesPID, !pod.spec.hostPID, !hasTarget { flags.insert(.pid) }
        var builder = ChildProgramBuilder(
            cloneFlags: flags,
            passedSlots: [.pausePidfd] + (hasTarget ? [.containerPidfd] : []) + (hasCgroup ? [.cgroup] : [])
                + (container.userNamespace == nil ? [] : [.userNamespace])
                + container.sharedMounts.map { _ in .sharedMount })
        if sharesPID { builder.beBornInPidNamespace(of: .pausePidfd) }
        if hasTarget { builder.beBornInPidNamespace(of: .containerPidfd) }

        appendNamespaces(&builder)
        appendLayers(&builder)
        // Sources before the root changes: afterwards their paths are gone.
        let binds = openBinds(&builder)
        builder.appendHostAttributes(
            oomScoreAdjust: container.oomScoreAdjust, appArmor: container.identity.appArmor)
        if let ids = container.userNamespace { builder.append(.owner(ids.first)) }
        let root = appendRoot(&builder)
        appendKernelMounts(&builder, root: root)
        // Shared memory, the pod's files and volumes, parents before what is below them.
        for bind in binds {
            builder.append(
                .attach(
                    root: root, target: bind.path, source: bind.slot, attributes: bind.attributes,
                    propagation: bind.propagation, recursive: bind.isRecursive, strict: false))
        }
        if container.hasTerminal {
            // After the volumes, so that none of them lies over /dev/console.
            builder.append(.console(root: root, tag: ReturnTag.terminal))
        }
        // Masks after everything that could be mounted over them or swap what they bind.
        for path in container.maskedPaths { builder.append(.mask(root: root, path: path)) }
        for path in container.readOnlyPaths { builder.append(.readOnly(root: root, path: path)) }
        if container.isRootReadOnly, container.workingDirectory != "/" {
            // From the pivot on nothing can be made any more.
            builder.append(
                .openDirectory(
                    root: root, path: container.workingDirectory, into: builder.newSlot(), strict: false))
        }
        // The host's tree is detached: no path leads back.
        builder.append(.pivot(root: root))
        builder.appendProcess(
            identity: container.identity, arguments: container.arguments, environment: container.environment,
            workingDirectory: container.workingDirectory, searchPath: container.searchPath,
            users: builder.program.slot(of: .userNamespace), isFirst: true)
        return builder.program
    }

    private func appendNamespaces(_ builder: inout ChildProgramBuilder) {
        // Rooted where clone put the child, so /proc/self/cgroup says "0::/". A privileged container sees the host's tree.
        if hasCgroup, !container.isPrivileged { builder.append(.unshare(.cgroup)) }
        // Before the mounts: mqueue and sysfs show the namespaces of whoever mounts them.
        var joined: NamespaceSet = [.network, .ipc, .uts]
        if pod.spec.hostNetwork { joined.subtract([.network, .uts]) }
        if pod.spec.hostIPC { joined.subtract(.ipc) }
        if !joined.isEmpty, let pause = builder.program.slot(of: .pausePidfd) {
            builder.append(.setNamespaces(of: pause, joined))
        }
    }

    /// Where overlay finds the image's layers, so that its lower names are short and relative: all mount options must fit
    /// into one page. With a user namespace that is a view of them with its ids, hidden below the root until the pivot.
    private func appendLayers(_ builder: inout ChildProgramBuilder) {
        guard container.userNamespace != nil else {
            return builder.append(.changeDirectory(paths.layersDirectory))
        }
        let host = builder.newSlot()
        builder.append(.openHostDirectory(into: host, path: "/"))
        let layers = openTree(paths.layersDirectory, recursive: false, &builder)
        builder.append(
            .attach(
                root: host, target: paths.rootMountPoint, source: layers, attributes: [], propagation: .privateMount,
                recursive: false, strict: false))
        builder.append(.changeDirectory(paths.rootMountPoint))
    }

    /// What lies below every image: podrun's own mount points, or where they would be nobody's an empty directory.
    private var lowestLayer: String {
        container.userNamespace == nil ? paths.mountPointsLayer : emptyLayer
    }
    private var emptyLayer: String {
        container.userNamespace == nil ? paths.emptyLayer : paths.emptyDirectory
    }

    /// A source of the pod's, in the ids of its user namespace if it has one.
    private func openTree(_ path: String, recursive: Bool, _ builder: inout ChildProgramBuilder) -> Slot {
        let slot = builder.newSlot()
        builder.append(.openTree(into: slot, path: path, recursive: recursive))
        mapIDs(of: slot, path, &builder)
        return slot
    }

    private func mapIDs(of slot: Slot, _ source: String, _ builder: inout ChildProgramBuilder) {
        guard let users = builder.program.slot(of: .userNamespace) else { return }
        builder.append(.mapIDs(of: slot, userNamespace: users, source: source))
    }

    private struct Bind {
        var path: String
        var slot: Slot
        var attributes: MountAttributes
        var propagation: MountPropagation
        var isRecursive: Bool
    }

    private func openBinds(_ builder: inout ChildProgramBuilder) -> [Bind] {
        var binds: [Bind] = []
        if !isTaken("/dev/shm") {
            // The host's is of its IPC namespace, like the message queues.
            let source = pod.spec.hostIPC ? "/dev/shm" : layout.sharedMemory
            let slot = openTree(source, recursive: false, &builder)
            binds.append(
                Bind(
                    path: "/dev/shm", slot: slot, attributes: [.noSetUID, .noDevices, .noExecute],
                    propagation: .privateMount, isRecursive: false))
        }
        // The pod's files in /etc: writable unless the root is read-only (containerd).
        for (path, source) in [
            ("/etc/hosts", layout.hosts), ("/etc/hostname", layout.hostName),
            ("/etc/resolv.conf", layout.resolvConf),
        ] where !isTaken(path) {
            let slot = openTree(source, recursive: false, &builder)
            binds.append(
                Bind(
                    path: path, slot: slot, attributes: container.isRootReadOnly ? .readOnly : [],
                    propagation: .privateMount, isRecursive: false))
        }
        if !isTaken(container.terminationMessagePath) {
            let slot = openTree(layout.terminationLog(container.name), recursive: false, &builder)
            binds.append(
                Bind(
                    path: container.terminationMessagePath, slot: slot, attributes: [],
                    propagation: .privateMount, isRecursive: false))
        }
        binds += container.mounts.map { open($0, &builder) }
        // Fewer path parts first, so that no volume hides a file of the pod that lies below its target.
        let order = binds.indices.sorted { (partCount(binds[$0].path), $0) < (partCount(binds[$1].path), $1) }
        return order.map { binds[$0] }
    }

    private func open(_ mount: ResolvedMount, _ builder: inout ChildProgramBuilder) -> Bind {
        let source = layout.source(of: mount.source)
        if case .image(let layers) = mount.source { return openImage(layers, for: mount, &builder) }
        let slot: Slot
        if let index = container.sharedMounts.firstIndex(of: mount), let first = builder.program.slot(of: .sharedMount)
        {
            slot = Slot(first.index + UInt32(index))
        } else if mount.subPath.isEmpty {
            slot = openTree(source, recursive: true, &builder)
        } else {
            // The volume's directory first, then below it and never out of it (attack B11).
            let directory = builder.newSlot()
            builder.append(.openHostDirectory(into: directory, path: source))
            slot = builder.newSlot()
            builder.append(
                .openTreeBeneath(
                    into: slot, directory: directory, path: mount.subPath, recursive: true, makes: true,
                    volumeMount: text(of: mount)))
            mapIDs(of: slot, "\(source)/\(mount.subPath)", &builder)
        }
        var attributes: MountAttributes = mount.isReadOnly ? .readOnly : []
        // A Secret may hold scripts, and the tmpfs that it shares with the agent's own files is not for running things.
        if case .memoryFiles = mount.source { attributes.insert(.executable) }
        // Submounts stay as they are under a volume that is read-only, but not recursively so (Kubernetes).
        return Bind(
            path: mount.path, slot: slot, attributes: attributes,
            propagation: mount.propagation, isRecursive: !mount.isReadOnly || mount.isRecursivelyReadOnly)
    }

    private func text(of mount: ResolvedMount) -> String {
        "volumeMount \(quoted(mount.volume)) of container \(quoted(container.name))"
    }

    /// An overlay of an image's layers that nobody can write to, hidden below the root until the pivot: what the
    /// container gets is a clone, of the whole or of its subPath.
    private func openImage(
        _ layers: [String], for mount: ResolvedMount, _ builder: inout ChildProgramBuilder
    ) -> Bind {
        let overlay = builder.newSlot()
        builder.append(
            .mountRoot(
                into: overlay, at: paths.rootMountPoint,
                overlay: OverlayOptions.readOnly(layers: [emptyLayer] + layers), readOnly: false))
        let slot = builder.newSlot()
        builder.append(
            .openTreeBeneath(
                into: slot, directory: overlay, path: mount.subPath.isEmpty ? "." : mount.subPath, recursive: false,
                makes: false, volumeMount: text(of: mount)))
        return Bind(
            path: mount.path, slot: slot, attributes: [.readOnly, .noSetUID, .noDevices, .noExecute],
            propagation: mount.propagation, isRecursive: false)
    }

    private func appendRoot(_ builder: inout ChildProgramBuilder) -> Slot {
        let root = builder.newSlot()
        let directory = layout.container(container.name)
        let overlay = OverlayOptions(
            layers: [lowestLayer] + container.layers, upper: directory + "/upper", work: directory + "/work")
        builder.append(
            .mountRoot(
                into: root, at: paths.rootMountPoint, overlay: overlay.text, readOnly: container.isRootReadOnly))
        return root
    }

    private func appendKernelMounts(_ builder: inout ChildProgramBuilder, root: Slot) {
        let guarded: MountAttributes = [.noSetUID, .noDevices, .noExecute]
        func mount(_ type: String, _ target: String, _ options: [String], _ attributes: MountAttributes) -> ChildOp {
            // Strict: /proc, /dev and /sys must be plain directories, not an image's links (attacks B1, B2).
            .mount(
                root: root, target: target, type: type, options: options, attributes: attributes, strict: true)
        }
        builder.append(mount("proc", "/proc", ["source=proc"], guarded))
        builder.append(
            mount(
                "tmpfs", "/dev", ["source=tmpfs", "mode=755", "size=65536k"], [.noSetUID, .strictAccessTime]))
        let devices = builder.newSlot()
        // The new tmpfs by descriptor: nothing in it is reached by a path of the image.
        builder.append(.openDirectory(root: root, path: "/dev", into: devices, strict: true))
        for device in ContainerProgram.devices { builder.append(.makeNode(directory: devices, device)) }
        for (name, target) in ContainerProgram.links {
            builder.append(.symlink(directory: devices, name: name, target: target))
        }
        appendHostDevices(&builder, root: root, into: devices)
        builder.append(
            mount(
                "devpts", "/dev/pts",
                ["source=devpts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=\(terminalGroup)"],
                [.noSetUID, .noExecute]))
        if !isTaken("/dev/mqueue") { builder.append(mount("mqueue", "/dev/mqueue", ["source=mqueue"], guarded)) }
        // Read-only: what is below belongs to the host. A privileged container may write there (Kubernetes).
        let shown = container.isPrivileged ? guarded : guarded.union(.readOnly)
        builder.append(mount("sysfs", "/sys", ["source=sysfs"], shown))
        guard let cgroups = node.cgroup.root else { return }
        if !container.isPrivileged {
            return builder.append(mount("cgroup2", "/sys/fs/cgroup", ["source=cgroup"], shown))
        }
        // The host's own mount: a new one made in the first cgroup namespace would take the host's options (nsdelegate) away.
        let slot = builder.newSlot()
        builder.append(.openTree(into: slot, path: cgroups, recursive: false))
        builder.append(
            .attach(
                root: root, target: "/sys/fs/cgroup", source: slot, attributes: shown, propagation: .privateMount,
                recursive: false, strict: true))
    }

    /// tty, as the host numbers it.
    private var terminalGroup: UInt32 { 5 + (container.userNamespace?.first ?? 0) }

    /// What a privileged container gets besides: the host's, as they are there.
    private func appendHostDevices(_ builder: inout ChildProgramBuilder, root: Slot, into top: Slot) {
        let own = ContainerProgram.devices.map(\.name) + ContainerProgram.links.map(\.0) + ["console"]
        var directories = ["": top]
        for device in container.devices where !own.contains(device.name) {
            let directory =
                directories[device.directory]
                ?? {
                    let slot = builder.newSlot()
                    builder.append(
                        .openDirectory(root: root, path: "/dev/" + device.directory, into: slot, strict: true))
                    directories[device.directory] = slot
                    return slot
                }()
            builder.append(.makeNode(directory: directory, device))
        }
    }

    private static let devices: [HostDevice] = [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ].map { HostDevice(name: $0.0, mode: 0o020_666, major: $0.1, minor: $0.2) }

    private static let links = [
        ("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
    ]
}
