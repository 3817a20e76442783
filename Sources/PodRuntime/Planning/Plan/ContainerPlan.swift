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

    /// Where all starts of the container keep their writable layers; goes with the pod, or with older attempts.
    package var containerDirectory: String

    /// Where an instance of a container leaves its termination message; attempt: its restart count.
    package static func terminationLog(of name: String, in pod: Pod, paths: HostPaths, attempt: Int) -> String {
        PodLayout(paths: paths, pod: pod).terminationLog(name, attempt)
    }

    package static func make(
        _ resolved: ResolvedContainer, container: Container, pod: Pod, node: NodeFacts, paths: HostPaths, attempt: Int
    ) -> ContainerPlan {
        let layout = PodLayout(paths: paths, pod: pod)
        let attemptDirectory = layout.attempt(resolved.name, attempt)
        let logDirectory = "\(paths.podLogDirectory(pod))/\(resolved.name)"
        let terminationLog = layout.terminationLog(resolved.name, attempt)
        return ContainerPlan(
            name: resolved.name, attempt: attempt, resolved: resolved,
            directories: [
                PlannedDirectory(layout.container(resolved.name)),
                PlannedDirectory(attemptDirectory),
                // The upper layer's mode is the container's root's; its parent keeps everybody else out.
                PlannedDirectory(attemptDirectory + "/upper", mode: 0o755),
                PlannedDirectory(attemptDirectory + "/work"),
                PlannedDirectory(logDirectory, mode: 0o755),
            ],
            files: [PlannedFile(terminationLog, mode: 0o666, bytes: [])],
            cgroup: node.cgroup.root == nil
                ? nil : CgroupPlan.container(container, in: pod, on: node.cgroup),
            logDirectory: logDirectory, logName: "\(attempt).log", terminationLog: terminationLog,
            program: ContainerProgram(
                container: resolved, pod: pod, node: node, paths: paths, layout: layout, attempt: attempt
            ).build(),
            containerDirectory: layout.container(resolved.name))
    }
}
