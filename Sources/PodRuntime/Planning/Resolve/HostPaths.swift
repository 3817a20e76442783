import PodModel

/// Where podrun keeps its things on this host. Three roots, everything else is derived, so that instances with other
/// roots (tests, two podruns side by side) never meet.
package struct HostPaths: Codable, Sendable, Hashable {
    /// Live state: sockets, records, tmpfs mount points. Gone after a reboot.
    package var runDirectory: String
    /// Images, objects, pod directories. Survives a reboot.
    package var dataDirectory: String
    /// Container logs in the kubelet's layout.
    package var logDirectory: String

    package init(
        runDirectory: String = "/run/podrun", dataDirectory: String = "/var/lib/podrun",
        logDirectory: String = "/var/log/pods"
    ) {
        self.runDirectory = runDirectory
        self.dataDirectory = dataDirectory
        self.logDirectory = logDirectory
    }

    /// Who has which address.
    package var networkDirectory: String { runDirectory + "/network" }

    package var agentSocket: String { runDirectory + "/agent.sock" }

    /// An empty root-owned directory: every container mounts its root here, in its own mount namespace.
    package var rootMountPoint: String { runDirectory + "/rootfs" }

    package var podsRunDirectory: String { runDirectory + "/pods" }
    package func podRunDirectory(_ uid: String) -> String { "\(runDirectory)/pods/\(uid)" }
    package func keeperDirectory(_ uid: String) -> String { podRunDirectory(uid) + "/keeper" }
    package var eventsFile: String { runDirectory + "/events.jsonl" }

    /// Directory of the keeper that waits for the next pod.
    package var spareKeeperDirectory: String { runDirectory + "/spare-keeper" }

    /// What must never be on a disk: a tmpfs, or a directory of the one that the run directory is on.
    package var memoryDirectory: String { runDirectory + "/memory" }
    package var podsMemoryDirectory: String { memoryDirectory + "/pods" }
    package func podMemoryDirectory(_ uid: String) -> String { "\(podsMemoryDirectory)/\(uid)" }
    package func environmentsDirectory(_ uid: String) -> String { podMemoryDirectory(uid) + "/environments" }

    package var podsDataDirectory: String { dataDirectory + "/pods" }
    package func podDataDirectory(_ uid: String) -> String { "\(dataDirectory)/pods/\(uid)" }

    /// What PersistentVolumeClaims hold: outlives the pods that use it.
    package var volumesDirectory: String { dataDirectory + "/volumes" }
    package func claimDirectory(namespace: String, name: String) -> String {
        "\(volumesDirectory)/\(namespace)_\(name)"
    }

    /// What is still to be removed of pods, containers and claims that are gone.
    package var trashDirectory: String { dataDirectory + "/trash" }
    package var objectsDirectory: String { dataDirectory + "/objects" }
    /// Below it, a directory for each kind but pods.
    package func objectsDirectory(of kind: ObjectKind) -> String {
        kind == .secret ? "\(memoryDirectory)/secrets" : "\(objectsDirectory)/\(kind.plural)"
    }

    package var imagesDirectory: String { dataDirectory + "/images" }
    /// Parent of all unpacked layers; overlay's lower names are relative to it.
    package var layersDirectory: String { imagesDirectory + "/layers" }
    /// A layer of podrun's own below those of every image, from `layersDirectory`: what nearly every container has something
    /// mounted on. What isn't there has to be made in the writable layer, by each container.
    package var mountPointsLayer: String { "../../mountpoints" }
    package var mountPoints: (directories: [PlannedDirectory], files: [PlannedFile]) {
        let top = dataDirectory + "/mountpoints"
        return (
            [top, "\(top)/dev", "\(top)/etc", "\(top)/proc", "\(top)/sys"].map { PlannedDirectory($0, mode: 0o755) },
            ["hostname", "hosts", "resolv.conf"].map { PlannedFile("\(top)/etc/\($0)", bytes: []) }
        )
    }
    /// An empty directory of podrun's own, from `layersDirectory`: overlay wants two layers even where an image has one.
    package var emptyLayer: String { mountPointsLayer + "/proc" }
    package var emptyDirectory: String { dataDirectory + "/mountpoints/proc" }
    package func layerDirectory(_ id: String) -> String { "\(layersDirectory)/\(id)" }

    /// Profiles that `seccompProfile.localhostProfile` names are below it.
    package var seccompDirectory: String { dataDirectory + "/seccomp" }
}
