import PodModel

/// Where the things of one pod are. Run directory: gone with the host's memory; data directory: on disk.
struct PodLayout {
    let paths: HostPaths
    let pod: Pod

    private var uid: String { pod.metadata.uid }
    var runDirectory: String { paths.podRunDirectory(uid) }
    var dataDirectory: String { paths.podDataDirectory(uid) }

    var etcDirectory: String { runDirectory + "/etc" }
    var hosts: String { etcDirectory + "/hosts" }
    var hostName: String { etcDirectory + "/hostname" }
    var resolvConf: String { etcDirectory + "/resolv.conf" }
    var sharedMemory: String { runDirectory + "/shm" }

    var memoryVolumes: String { runDirectory + "/volumes" }
    func memoryVolume(_ name: String) -> String { "\(memoryVolumes)/\(name)" }
    var diskVolumes: String { dataDirectory + "/volumes" }
    func diskVolume(_ name: String) -> String { "\(diskVolumes)/\(name)" }

    /// Volumes whose files the agent keeps in memory: secret, downwardAPI, projected.
    func memoryFiles(_ name: String) -> String { "\(memoryFileVolumes)/\(name)" }
    private var memoryFileVolumes: String { paths.podMemoryDirectory(uid) + "/volumes" }
    var memoryFileDirectories: [String] {
        [paths.podsMemoryDirectory, paths.podMemoryDirectory(uid), memoryFileVolumes]
    }

    var containers: String { dataDirectory + "/containers" }
    /// The writable layer and the termination message of the newest instance: made anew for each.
    func container(_ name: String) -> String { "\(containers)/\(name)" }
    func terminationLog(_ name: String) -> String { container(name) + "/termination-log" }

    /// Of an image, whose files are put together for each mount: the directory that its layers are in.
    func source(of mount: ResolvedMount.Source) -> String {
        switch mount {
        case .directory(let volume): return diskVolume(volume)
        case .memory(let volume): return memoryVolume(volume)
        case .memoryFiles(let volume): return memoryFiles(volume)
        case .hostPath(let path): return path
        case .claim(let name): return paths.claimDirectory(namespace: pod.metadata.namespace, name: name)
        case .image: return paths.layersDirectory
        }
    }
}
