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

    package var agentSocket: String { runDirectory + "/agent.sock" }

    /// An empty root-owned directory: every container mounts its root here, in its own mount namespace.
    package var rootMountPoint: String { runDirectory + "/rootfs" }

    package var podsRunDirectory: String { runDirectory + "/pods" }
    package func podRunDirectory(_ uid: String) -> String { "\(runDirectory)/pods/\(uid)" }
    package func keeperSocket(_ uid: String) -> String { podRunDirectory(uid) + "/keeper.sock" }

    package var podsDataDirectory: String { dataDirectory + "/pods" }
    package func podDataDirectory(_ uid: String) -> String { "\(dataDirectory)/pods/\(uid)" }

    package var objectsDirectory: String { dataDirectory + "/objects" }
    package var imagesDirectory: String { dataDirectory + "/images" }
    /// Parent of all unpacked layers; overlay's lower names are relative to it.
    package var layersDirectory: String { imagesDirectory + "/layers" }
    package func layerDirectory(_ id: String) -> String { "\(layersDirectory)/\(id)" }

    /// Profiles that `seccompProfile.localhostProfile` names are below it.
    package var seccompDirectory: String { dataDirectory + "/seccomp" }
}
