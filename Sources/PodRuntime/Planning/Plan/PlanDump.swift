import PodModel

/// A pod's plans as text: `podrun plan`, and the golden files of the tests. Stable: the same input gives the same
/// bytes.
package struct PlanDump {
    /// Stand-ins for what is not known before a pod runs.
    private static let unknownUID = "<uid>"
    private static let unknownIP = "<podIP>"

    private let pod: Pod
    private let images: [String: ImageFacts]
    private let volumeImages: [String: ImageFacts]
    private let node: NodeFacts
    private let paths: HostPaths
    private let localhostProfiles: [String: [UInt8]]
    private let configuration: PodConfiguration
    private var lines: [String] = []

    /// `images`: by container name; a container whose image is not on this host is missing in it. `volumeImages`: the
    /// same of image volumes.
    package static func text(
        pod: Pod, images: [String: ImageFacts], volumeImages: [String: ImageFacts] = [:], node: NodeFacts,
        paths: HostPaths, localhostProfiles: [String: [UInt8]] = [:], configuration: PodConfiguration = .none
    ) -> String {
        var pod = pod
        if pod.metadata.uid.isEmpty { pod.metadata.uid = unknownUID }
        var dump = PlanDump(
            pod: pod, images: images, volumeImages: volumeImages, node: node, paths: paths,
            localhostProfiles: localhostProfiles, configuration: configuration)
        dump.addPod()
        dump.addSandbox()
        for container in pod.spec.initContainers { dump.add(container, kind: "init container") }
        for container in pod.spec.containers { dump.add(container, kind: "container") }
        return dump.lines.joined(separator: "\n") + "\n"
    }

    private init(
        pod: Pod, images: [String: ImageFacts], volumeImages: [String: ImageFacts], node: NodeFacts, paths: HostPaths,
        localhostProfiles: [String: [UInt8]], configuration: PodConfiguration
    ) {
        self.pod = pod
        self.images = images
        self.volumeImages = volumeImages
        self.node = node
        self.paths = paths
        self.localhostProfiles = localhostProfiles
        self.configuration = configuration
    }

    private mutating func add(_ depth: Int, _ line: String) {
        lines.append(String(repeating: "  ", count: depth) + line)
    }

    private mutating func addPod() {
        add(0, "pod \(pod.metadata.namespace)/\(pod.metadata.name) \(pod.qosClass.rawValue)")
        if let error = CgroupPlan.enforcementError(for: pod, on: node.cgroup) { add(1, "refused: \(error)") }
        let unseen = configuration.unseen(by: pod)
        if !unseen.isEmpty { add(1, "not in these files, so not known here: \(unseen.joined(separator: ", "))") }
    }

    private mutating func addSandbox() {
        let plan = SandboxPlan.make(pod: pod, node: node, paths: paths, podIP: PlanDump.unknownIP)
        add(0, "sandbox")
        add(1, "hostname \(plan.hostName)")
        for notice in plan.notices { add(1, "notice \(notice.reason): \(notice.message)") }
        for directory in plan.directories { add(directory) }
        for file in plan.files { add(file) }
        for tmpfs in plan.tmpfs {
            add(
                1,
                (tmpfs.pageBytes == 0 ? "tmpfs" : "hugetlbfs pagesize=\(tmpfs.pageBytes)")
                    + " \(octal(tmpfs.mode)) \(tmpfs.path) size=\(tmpfs.sizeBytes)"
                    + (tmpfs.group.map { " group=\($0)" } ?? ""))
        }
        for volume in plan.sharedVolumes {
            add(1, "shared mount \(volume.path)" + (volume.tmpfs == nil ? "" : " tmpfs"))
        }
        for hostPath in plan.hostPaths {
            add(
                1,
                "hostPath \(hostPath.volume) \(hostPath.path)"
                    + (hostPath.kind == .any ? "" : " \(hostPath.kind.rawValue)"))
        }
        for volume in plan.payloadVolumes { add(volume) }
        add(plan.cgroup)
        add(plan.pauseCgroup)
        add(program: plan.program)
    }

    private mutating func add(_ plan: PayloadVolumePlan) {
        add(1, "payload of volume \(plan.name)")
        for directory in plan.directories { add(directory) }
        do throws(ResolveError) {
            let resolution = PayloadResolution(pod: pod, node: node, configuration: configuration)
            for (path, file) in try resolution.payload(of: plan.volume)?.files.sorted(by: { $0.key < $1.key }) ?? [] {
                add(2, "\(octal(file.mode)) \(path)")
            }
        } catch {
            add(2, "FailedMount: \(error.message)")
        }
    }

    private mutating func add(_ container: Container, kind: String) {
        add(0, "\(kind) \(container.name)")
        let image = images[container.name]
        if let image {
            add(1, "image \(container.image): \(image.reference) \(image.imageID)")
        } else {
            add(1, "image \(container.image): not on this host; <...> and what it would add are not known")
        }
        do throws(ResolveError) {
            let resolved = try ContainerResolution.resolve(
                container: container, pod: pod, image: image ?? PlanDump.unknownImage(container),
                volumeImages: volumeImages, node: node,
                podIP: PlanDump.unknownIP, localhostProfiles: localhostProfiles, configuration: configuration)
            add(resolved)
            add(ContainerPlan.make(resolved, container: container, pod: pod, node: node, paths: paths, attempt: 0))
        } catch {
            add(1, "\(error.reason.rawValue): \(error.message)")
        }
    }

    private mutating func add(_ resolved: ResolvedContainer) {
        let identity = resolved.identity
        add(1, "command \(list(resolved.arguments))")
        for variable in resolved.environment { add(1, "env \(variable.name)=\(quoted(variable.value))") }
        add(1, "workdir \(resolved.workingDirectory)")
        add(
            1,
            "user \(identity.user):\(identity.group) groups \(identity.groups.map(String.init).joined(separator: " "))")
        add(1, "capabilities \(identity.permitted.hexadecimal) bounding \(identity.bounding.hexadecimal)")
        add(1, "no-new-privs \(identity.noNewPrivileges ? 1 : 0)")
        if let seccomp = identity.seccomp {
            add(1, "seccomp \(identity.seccompName): \(seccomp.rules.count) rules")
        } else {
            add(1, "seccomp \(identity.seccompName)")
        }
        add(1, "oom-score-adj \(resolved.oomScoreAdjust)")
        for mount in resolved.mounts {
            add(
                1,
                "volume \(mount.volume) on \(mount.path)" + (mount.subPath.isEmpty ? "" : " subPath \(mount.subPath)")
                    + (mount.isReadOnly ? " read-only" : ""))
        }
    }

    private mutating func add(_ plan: ContainerPlan) {
        for directory in plan.directories { add(directory) }
        for file in plan.files { add(file) }
        add(1, "log \(plan.logDirectory)/\(plan.logName)")
        add(plan.cgroup)
        add(program: plan.program)
    }

    private mutating func add(_ directory: PlannedDirectory) {
        add(
            1,
            "directory \(octal(directory.mode)) \(directory.path)" + (directory.group.map { " group=\($0)" } ?? "")
                + (directory.user == 0 ? "" : " user=\(directory.user)"))
    }

    private mutating func add(_ file: PlannedFile) {
        add(1, "file \(octal(file.mode)) \(file.path)")
        let text = String(decoding: file.bytes, as: UTF8.self)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            add(2, "|" + line)
        }
    }

    private mutating func add(_ cgroup: CgroupPlan?) {
        guard let cgroup else {
            add(1, "cgroup none: this host has no cgroup v2")
            return
        }
        add(1, "cgroup \(cgroup.path)")
        for write in cgroup.writes { add(2, "\(write.file) = \(write.value)") }
        if !cgroup.childControllers.isEmpty {
            add(2, "children get \(cgroup.childControllers.joined(separator: " "))")
        }
        if let devices = cgroup.devices {
            add(2, "devices " + (devices.isEmpty ? "none" : devices.map(\.text).joined(separator: ", ")))
        }
    }

    private mutating func add(program: ChildProgram) {
        add(1, "program")
        for line in program.lines { add(2, line) }
    }

    /// An image that is not there: marks where its parts would go, and no rights that it could not have.
    private static func unknownImage(_ container: Container) -> ImageFacts {
        var config = OCIImageConfig()
        config.config.entrypoint = ["<entrypoint of \(container.image)>"]
        return ImageFacts(
            reference: container.image, imageID: "", config: config, layers: ["<layers of \(container.image)>"])
    }
}
