import CShim
import Glibc
import PodImages
import PodLinux
import PodModel
import PodPlanning

/// What all pods of an agent share: the loop, the caches, the open sockets.
@MainActor
final class Host {
    let paths: HostPaths
    let node: NodeFacts
    let loop: EventLoop
    let store: PodStore
    let objects: ObjectStore
    let events: EventStore
    let images: ImageStore
    let pulls: ImagePulls
    let cgroups: CgroupTree
    let network: PodNetwork
    let programs: EmbeddedPrograms
    let keepers: Keepers
    let trash: Trash
    let http: HTTPClient
    private var filters: [SeccompPlan: [UInt8]] = [:]

    init(paths: HostPaths, node: NodeFacts, loop: EventLoop, bootID: String) throws {
        self.paths = paths
        self.node = node
        self.loop = loop
        store = PodStore(paths: paths, bootID: bootID)
        objects = ObjectStore(paths: paths, loop: loop)
        events = EventStore(paths: paths, node: node.hostName, loop: loop)
        programs = try EmbeddedPrograms()
        images = ImageStore(directory: paths.imagesDirectory)
        pulls = ImagePulls(paths: paths, images: images, loop: loop)
        cgroups = CgroupTree(support: node.cgroup)
        keepers = Keepers(paths: paths, programs: programs, cgroups: cgroups, loop: loop)
        trash = Trash(paths: paths, loop: loop)
        http = HTTPClient(loop: loop)
        network = try PodNetwork(directory: paths.networkDirectory, loop: loop)
        try makeMountPoints()
    }

    /// Before the agent leaves: takes away what is there for the next pod.
    func close(hasPods: Bool) {
        keepers.close()
        pulls.close()
        events.flush()
        if hasPods { return }
        do {
            try network.removeUnused()
        } catch {
            log("remove the pods' network: \(error)")
        }
        do {
            try objects.close()
        } catch {
            log("leave the directory in memory: \(error)")
        }
    }

    func now() -> Instant {
        Instant(
            monotonic: Clock.monotonic().nanoseconds,
            wall: Timestamp(nanosecondsSinceEpoch: Clock.realtimeNanoseconds()))
    }

    /// One line on standard error: the journal, or agent.log when a command started the agent.
    func log(_ text: String) {
        Host.write("\(now().wall.text) \(text)")
    }

    static func write(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    /// The filter's BPF program; compiling one takes milliseconds, so each is compiled once.
    func filter(_ plan: SeccompPlan?) throws -> [UInt8] {
        guard let plan else { return [] }
        if let bytes = filters[plan] { return bytes }
        let bytes = try SeccompCompiler.bpf(plan)
        filters[plan] = bytes
        return bytes
    }

    /// Compiles the filter that nearly every container gets, before the first one waits for it.
    func warmUp() {
        var container = Container()
        container.command = ["true"]
        let image = ImageFacts(reference: "", imageID: "", config: OCIImageConfig(), layers: [])
        let resolved = try? ContainerResolution.resolve(
            container: container, pod: Pod(), image: image, node: node, podIP: nil)
        _ = try? filter(resolved?.identity.seccomp)
    }

    /// What the store knows of an image by the name a pod uses; nil when it is not there.
    ///
    /// - Throws: `ImageReferenceError` for a name that can't be one.
    func image(_ name: String) throws -> ImageFacts? {
        try images.resolve(ImageReference(name))
    }

    /// Contents of the Localhost seccomp profiles that a pod names.
    func seccompProfiles(of pod: Pod) -> [String: [UInt8]] {
        let profiles =
            [pod.spec.securityContext?.seccompProfile]
            + pod.allContainers.map { $0.securityContext?.seccompProfile }
        var contents: [String: [UInt8]] = [:]
        for name in profiles.compactMap({ $0?.localhostProfile }) {
            guard let directory = try? Directory(paths.seccompDirectory),
                let file = try? directory.open(name, O_RDONLY | O_NONBLOCK, within: .beneathNoLinks)
            else { continue }
            contents[name] = try? FileBytes.read(file, path: name, limit: 1 << 20)
        }
        return contents
    }

    /// Makes what a plan asks for, directories first; what exists gets the plan's mode, group and bytes.
    func make(_ directories: [PlannedDirectory], _ files: [PlannedFile]) throws {
        // Modes are exactly the plan's without a chmod each.
        let mask = umask(0)
        defer { umask(mask) }
        for directory in directories { try make(directory) }
        for file in files { try make(file) }
    }

    /// Once: containers of an earlier agent have them in their roots.
    private func makeMountPoints() throws {
        let (directories, files) = paths.mountPoints
        if files.allSatisfy({ access($0.path, F_OK) == 0 }) { return }
        try make(directories, files)
    }

    private func make(_ directory: PlannedDirectory) throws {
        if try check("mkdir", directory.path, unless: EEXIST, ENOENT, body: { mkdir(directory.path, directory.mode) })
            == nil
        {
            try Directory.make(directory.path, mode: directory.mode)
            try check("chmod", directory.path) { chmod(directory.path, directory.mode) }
        }
        if let group = directory.group {
            try check("chown", directory.path) { chown(directory.path, directory.user, group) }
            // chown takes the setgid bit away.
            try check("chmod", directory.path) { chmod(directory.path, directory.mode) }
        }
    }

    private func make(_ file: PlannedFile) throws {
        let created = try check("create", file.path, unless: EEXIST) {
            open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.mode)
        }
        guard let created else { return try AtomicFile.write(file.path, file.bytes, durable: false, mode: file.mode) }
        try FileBytes.write(file.bytes, to: Descriptor(created), path: file.path)
    }

    /// For what no container filled; the rest goes to the `trash`.
    func removeTree(_ path: String) throws {
        try TreeRemoval.remove(path)
    }

    /// The cgroup levels above the pods, weighted for the pods there are.
    func cgroupTree(of pods: [Pod]) -> [CgroupPlan] {
        node.cgroup.root == nil ? [] : CgroupPlan.tree(pods: pods, on: node.cgroup)
    }
}
