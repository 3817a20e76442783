import PodModel

/// One start of one container.
package struct ContainerPlan: Sendable, Equatable {
    package var name: String
    /// 0 for the first start, then the restart count.
    package var attempt: Int
    package var resolved: ResolvedContainer
    /// In the order in which they are made.
    package var directories: [PlannedDirectory]
    /// The termination message file, empty.
    package var files: [PlannedFile]
    /// nil where the host has no cgroup v2 mount.
    package var cgroup: CgroupPlan?
    package var logDirectory: String
    /// Name of the live log in `logDirectory`: `<attempt>.log`.
    package var logName: String
    package var terminationLog: String
    package var program: ChildProgram
    /// What the program's `sharedMount` slots are clones of, in their order.
    package var sharedSources: [SharedSource]

    /// Where an instance keeps its writable layer and termination message; goes with the pod, or before the next start.
    package var containerDirectory: String

    /// Where the newest instance of a container leaves its termination message.
    package static func terminationLog(of name: String, in pod: Pod, paths: HostPaths) -> String {
        PodLayout(paths: paths, pod: pod).terminationLog(name)
    }

    package static func make(
        _ resolved: ResolvedContainer, container: Container, pod: Pod, node: NodeFacts, paths: HostPaths, attempt: Int
    ) -> ContainerPlan {
        let layout = PodLayout(paths: paths, pod: pod)
        let directory = layout.container(resolved.name)
        let logDirectory = "\(paths.podLogDirectory(pod))/\(resolved.name)"
        let terminationLog = layout.terminationLog(resolved.name)
        return ContainerPlan(
            name: resolved.name, attempt: attempt, resolved: resolved,
            directories: [
                PlannedDirectory(directory),
                // The upper layer's mode is the container's root's; its parent keeps everybody else out.
                PlannedDirectory(
                    directory + "/upper", mode: 0o755, group: resolved.userNamespace?.first,
                    user: resolved.userNamespace?.first ?? 0),
                PlannedDirectory(directory + "/work"),
                PlannedDirectory(logDirectory, mode: 0o755),
            ],
            files: [PlannedFile(terminationLog, mode: 0o666, bytes: [])],
            cgroup: node.cgroup.root == nil
                ? nil : CgroupPlan.container(container, in: pod, on: node.cgroup),
            logDirectory: logDirectory, logName: "\(attempt).log", terminationLog: terminationLog,
            program: ContainerProgram(
                container: resolved, pod: pod, node: node, paths: paths, layout: layout
            ).build(),
            sharedSources: resolved.sharedMounts.map { mount in
                let path = layout.source(of: mount.source)
                let isOwn = SharedVolumePlan.paths(in: pod, paths: paths).contains(path)
                return SharedSource(path: path, subPath: mount.subPath, needsSharedMount: !isOwn)
            },
            containerDirectory: directory)
    }
}
