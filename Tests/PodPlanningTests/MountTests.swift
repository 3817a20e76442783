import PodModel
import Testing

@testable import PodPlanning

@Suite struct MountTests {
    private func resolve(_ mounts: String, extra: String = "") throws -> ResolvedContainer {
        try Sample.resolve(
            Sample.container(
                "\(extra)\nvolumeMounts: \(mounts)",
                podLines:
                    "volumes: [{name: a, emptyDir: {}}, {name: m, emptyDir: {medium: Memory}}, {name: h, hostPath: {path: /srv//x}}]"
            ))
    }

    @Test func parentsComeFirst() throws {
        let mounts = try resolve(
            "[{name: a, mountPath: /x/y/z}, {name: m, mountPath: /b}, {name: a, mountPath: /x/y/}, {name: h, mountPath: //a}]"
        ).mounts
        #expect(mounts.map(\.path) == ["/b", "/a", "/x/y", "/x/y/z"])
        #expect(
            mounts.map(\.source) == [
                .memory(volume: "m"), .hostPath("/srv/x"), .directory(volume: "a"), .directory(volume: "a"),
            ])
    }

    /// Volumes over the mounts that keep the host safe (attacks B8).
    @Test(arguments: [
        ("/proc", "/proc"), ("/proc/sys", "/proc"), ("//proc/./x", "/proc"), ("/a/../sys/fs/cgroup", "/sys"),
    ])
    func kernelPathsAreRefused(path: String, directory: String) throws {
        let error = #expect(throws: ResolveError.self) { try resolve("[{name: a, mountPath: \(path)}]") }
        #expect(error?.reason == .createContainerError)
        #expect(error?.message.contains("is inside \(directory): volumes can't be mounted there") == true)
    }

    @Test(arguments: ["/", "/..", "/dev"])
    func rootAndDevicesAreRefused(path: String) throws {
        #expect(throws: ResolveError.self) { try resolve("[{name: a, mountPath: \(path)}]") }
    }

    @Test(arguments: [
        ("subPath: ../x", false), ("subPath: a/../../b", false), ("subPath: /abs", false),
        ("subPathExpr: $(NONE)", false), ("subPathExpr: $(EMPTY)", false), ("subPathExpr: $(UP)/x", false),
        ("subPath: a/./b/", true), ("subPathExpr: $(OK)/x", true), ("subPath: a..b", true),
    ])
    func subPathsStayInside(line: String, isAllowed: Bool) throws {
        let env = "env: [{name: OK, value: o}, {name: EMPTY, value: \"\"}, {name: UP, value: ..}]"
        let pod = "[{name: a, mountPath: /x, \(line)}]"
        if isAllowed {
            #expect(try !resolve(pod, extra: env).mounts[0].subPath.isEmpty)
        } else {
            #expect(throws: ResolveError.self) { try resolve(pod, extra: env) }
        }
    }

    private func program(_ mounts: String, extra: String = "") throws -> ChildProgram {
        let pod = try Sample.container(
            "\(extra)\nvolumeMounts: \(mounts)", podLines: "volumes: [{name: a, emptyDir: {}}]")
        let resolved = try Sample.resolve(pod)
        return ContainerPlan.make(
            resolved, container: pod.spec.containers[0], pod: pod, node: Sample.node, paths: Sample.paths, attempt: 0
        ).program
    }

    private func attached(_ program: ChildProgram) -> [String] {
        program.ops.compactMap { if case .attach(_, let target, _, _, _, _, _) = $0 { target } else { nil } }
    }

    @Test func volumesReplaceTheDefaults() throws {
        #expect(
            attached(try program("[]")) == [
                "/dev/shm", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log",
            ])
        let taken = try program("[{name: a, mountPath: /etc/hosts, subPath: h}, {name: a, mountPath: /dev/shm}]")
        #expect(
            attached(taken) == [
                "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log", "/etc/hosts", "/dev/shm",
            ])
    }

    @Test func readOnlyRootMakesItsFilesReadOnly() throws {
        let program = try program(
            "[{name: a, mountPath: /data, readOnly: true}]",
            extra: "workingDir: /work\nsecurityContext: {readOnlyRootFilesystem: true}")
        var readOnly: [String] = []
        for op in program.ops {
            if case .attach(_, let target, _, let attributes, _, _, _) = op, attributes.contains(.readOnly) {
                readOnly.append(target)
            }
        }
        #expect(readOnly == ["/data", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"])
        // The working directory has to be made while that is possible.
        let made = program.ops.firstIndex { if case .openDirectory(_, "/work", _, _) = $0 { true } else { false } }
        let pivot = program.ops.firstIndex { if case .pivot = $0 { true } else { false } }
        #expect(try #require(made) < #require(pivot))
    }

    /// Every way into a container ends in the same steps (attacks A7).
    @Test func execHasTheRightsOfStart() throws {
        let pod = try Sample.container(
            "securityContext: {runAsUser: 1000, allowPrivilegeEscalation: false, capabilities: {drop: [NET_RAW]}}")
        let resolved = try Sample.resolve(pod)
        let start = ContainerPlan.make(
            resolved, container: pod.spec.containers[0], pod: pod, node: Sample.node, paths: Sample.paths, attempt: 0
        ).program
        for terminal in [nil, ExecPlan.Terminal(rows: 24, columns: 80)] {
            let exec = ExecPlan.make(
                resolved, command: resolved.arguments, terminal: nil, hasInput: terminal == nil, node: Sample.node
            ).program
            let tail = try #require(start.ops.firstIndex { if case .limit = $0 { true } else { false } })
            #expect(exec.ops.suffix(start.ops.count - tail) == start.ops.suffix(from: tail))
            #expect(exec.seccomp == start.seccomp && exec.seccomp != nil)
        }
    }

    @Test func overlayOptionsAreEscaped() {
        let options = OverlayOptions(
            layers: ["low:er", "up,per"], upper: "/var/lib/a,b/upper", work: "/w\\x")
        #expect(
            options.text
                == "lowerdir=up\\,per:low\\:er,upperdir=/var/lib/a\\,b/upper,workdir=/w\\\\x,volatile")
    }

    @Test func manyMountsAreRefusedClearly() throws {
        let mounts = (0..<520).map { "{name: a, mountPath: /m/\($0)}" }.joined(separator: ", ")
        let error = #expect(throws: ProgramError.self) {
            try program("[\(mounts)]").encoded(seccomp: Array(repeating: 0, count: 8))
        }
        #expect(error?.description.contains("the container has too many volume mounts") == true)
    }
}
