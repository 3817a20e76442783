import PodModel

/// Everything a pod has before its first container: directories, files in /etc, volumes, the pod's cgroup, the pause.
package struct SandboxPlan: Sendable, Equatable {
    package var hostName: String
    /// In the order in which they are made.
    package var directories: [PlannedDirectory]
    /// /etc/hosts, /etc/hostname, /etc/resolv.conf. Written again before each container starts, so that a pod's address
    /// that came later is in them.
    package var files: [PlannedFile]
    /// The keeper's, which no other process sees.
    package var tmpfs: [TmpfsPlan]
    package var sharedVolumes: [SharedVolumePlan]
    package var hostPaths: [HostPathPlan]
    package var payloadVolumes: [PayloadVolumePlan]
    /// The pod's cgroup and pause's leaf in it; nil where the host has no cgroup v2 mount.
    package var cgroup: CgroupPlan?
    package var pauseCgroup: CgroupPlan?
    package var program: ChildProgram
    /// To be made and passed to the program; nil: the host's users.
    package var userNamespace: UserNamespaceIDs?
    package var notices: [PlanNotice]

    /// Size of the pod's /dev/shm, bytes (docs: container-env section 1).
    package static let sharedMemorySize: UInt64 = 65_536 << 10

    /// `podIP` nil: not known yet, its line is missing in /etc/hosts.
    package static func make(pod: Pod, node: NodeFacts, paths: HostPaths, podIP: String?) -> SandboxPlan {
        let layout = PodLayout(paths: paths, pod: pod)
        let group = pod.spec.securityContext?.fsGroup.flatMap(UInt32.init(exactly:))
        let hasCgroup = node.cgroup.root != nil
        let (resolver, notices) = resolverConfiguration(pod: pod, node: node)
        let hostName = pod.resolvedHostName(on: node)
        let hosts = HostsFile(
            podIP: podIP, hostName: pod.shortHostName, domain: pod.hostDomain,
            aliases: pod.spec.hostAliases.map { HostsFile.Alias(address: $0.ip, names: $0.hostnames) },
            hostText: pod.spec.hostNetwork ? node.hosts : nil)
        let tmpfs = tmpfs(pod: pod, layout: layout, node: node, group: group)
        let sharedVolumes = SharedVolumePlan.all(in: pod, layout: layout, tmpfs: tmpfs)
        return SandboxPlan(
            hostName: hostName,
            directories: directories(pod: pod, layout: layout, paths: paths, group: group),
            files: [
                PlannedFile(layout.hosts, bytes: Array(hosts.text.utf8)),
                PlannedFile(layout.hostName, bytes: Array("\(hostName)\n".utf8)),
                PlannedFile(layout.resolvConf, bytes: Array(resolver.text.utf8)),
            ],
            tmpfs: tmpfs.filter { plan in !sharedVolumes.contains { $0.path == plan.path } },
            sharedVolumes: sharedVolumes,
            hostPaths: HostPathPlan.all(in: pod), payloadVolumes: PayloadVolumePlan.all(in: pod, paths: paths),
            cgroup: hasCgroup ? CgroupPlan.pod(pod, on: node.cgroup) : nil,
            pauseCgroup: hasCgroup ? CgroupPlan.pause(in: pod, on: node.cgroup) : nil,
            program: SandboxProgram(
                pod: pod, node: node, paths: paths, hostName: hostName,
                userNamespace: UserNamespaceIDs(pod: pod, podIP: podIP)
            ).build(),
            userNamespace: UserNamespaceIDs(pod: pod, podIP: podIP), notices: notices)
    }

    private static func directories(
        pod: Pod, layout: PodLayout, paths: HostPaths, group: UInt32?
    ) -> [PlannedDirectory] {
        var directories = [
            PlannedDirectory(paths.rootMountPoint, mode: 0o755),
            PlannedDirectory(layout.runDirectory),
            PlannedDirectory(layout.etcDirectory, mode: 0o755),
            PlannedDirectory(layout.sharedMemory, mode: 0o755),
            PlannedDirectory(layout.dataDirectory),
            PlannedDirectory(layout.containers),
            PlannedDirectory(paths.podLogDirectory(pod), mode: 0o755),
        ]
        if !pod.spec.volumes.isEmpty {
            directories += [PlannedDirectory(layout.memoryVolumes), PlannedDirectory(layout.diskVolumes)]
        }
        for volume in pod.spec.volumes {
            guard let emptyDir = volume.emptyDir else { continue }
            if emptyDir.isInMemory {
                directories.append(PlannedDirectory(layout.memoryVolume(volume.name), mode: 0o755))
            } else {
                directories.append(
                    PlannedDirectory(layout.diskVolume(volume.name), mode: volumeMode(group), group: group))
            }
        }
        return directories
    }

    /// An emptyDir is open to all users whatever the umask; with fsGroup new files get its group.
    private static func volumeMode(_ group: UInt32?) -> UInt32 { group == nil ? 0o777 : 0o2777 }

    private static func tmpfs(pod: Pod, layout: PodLayout, node: NodeFacts, group: UInt32?) -> [TmpfsPlan] {
        var plans: [TmpfsPlan] = []
        if !pod.spec.hostIPC {
            plans.append(
                TmpfsPlan(
                    name: "shm", path: layout.sharedMemory, mode: 0o1777, sizeBytes: sharedMemorySize, group: nil))
        }
        let resources = PodResources(pod)
        for volume in pod.spec.volumes {
            guard let emptyDir = volume.emptyDir, emptyDir.isInMemory else { continue }
            let path = layout.memoryVolume(volume.name)
            if let pageBytes = emptyDir.pageBytes(in: pod.spec) {
                // The pod's limit of huge pages is what bounds it.
                plans.append(
                    TmpfsPlan(
                        name: volume.name, path: path, mode: volumeMode(group), sizeBytes: 0, group: group,
                        pageBytes: UInt64(clamping: pageBytes)))
                continue
            }
            // The smallest of what the volume, the pod and the host allow: pages count against the pod's memory anyway.
            var size = node.memoryBytes
            if resources.allLimitMemory { size = min(size, resources.limits.memory) }
            if let limit = emptyDir.sizeLimit?.value, limit > 0 { size = min(size, limit) }
            plans.append(
                TmpfsPlan(
                    name: volume.name, path: path, mode: volumeMode(group), sizeBytes: UInt64(max(size, 0)),
                    group: group))
        }
        return plans
    }

    /// dnsPolicy and dnsConfig on top of the host's resolv.conf (pkg/kubelet/network/dns).
    private static func resolverConfiguration(
        pod: Pod, node: NodeFacts
    ) -> (ResolverConfiguration, [PlanNotice]) {
        var notices: [PlanNotice] = []
        var configuration = ResolverConfiguration()
        if pod.spec.dnsPolicy != "None" { configuration = ResolverConfiguration(parsing: node.resolvConf) }
        let wantsClusterDNS =
            pod.spec.dnsPolicy == "ClusterFirstWithHostNet"
            || (pod.spec.dnsPolicy == "ClusterFirst" && !pod.spec.hostNetwork)
        if wantsClusterDNS {
            notices.append(
                PlanNotice(
                    reason: "MissingClusterDNS",
                    message: "pod: \(quoted(pod.logText)). there is no cluster DNS here: dnsPolicy "
                        + "\(quoted(pod.spec.dnsPolicy)) falls back to \"Default\""))
        }
        if let added = pod.spec.dnsConfig {
            configuration.merge(
                nameservers: added.nameservers, searches: added.searches,
                options: added.options.map { option in option.value.map { "\(option.name):\($0)" } ?? option.name })
        }
        for message in configuration.cutToLimits() {
            notices.append(PlanNotice(reason: "DNSConfigForming", message: message))
        }
        return (configuration, notices)
    }
}
