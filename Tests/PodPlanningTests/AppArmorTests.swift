import Glibc
import PodModel
import Testing

@testable import PodPlanning

@Suite struct AppArmorTests {
    private static let node = {
        var node = Sample.node
        node.hasAppArmor = true
        return node
    }()

    /// What a container's program writes; `?`: where the profile is loaded.
    private func written(_ context: String, pod podLines: String = "", annotation: String = "") throws -> String {
        var pod = try Sample.container("securityContext: \(context)", podLines: podLines)
        if !annotation.isEmpty {
            pod.metadata.annotations["container.apparmor.security.beta.kubernetes.io/app"] = annotation
        }
        pod = pod.withDefaults()
        let resolved = try Sample.resolve(pod, node: Self.node)
        let programs = [
            ContainerPlan.make(
                resolved, container: pod.spec.containers[0], pod: pod, node: Self.node, paths: Sample.paths, attempt: 0
            ).program,
            ExecPlan.make(resolved, command: ["true"], terminal: nil, hasInput: false, node: Self.node).program,
        ]
        let lines = programs.map { program in
            program.ops.compactMap { op -> String? in
                guard case .writeFile("/proc/self/attr/apparmor/exec", let bytes, false, let optional) = op else {
                    return nil
                }
                return String(decoding: bytes, as: UTF8.self) + (optional ? "?" : "")
            }.joined()
        }
        // Start and exec the same.
        #expect(lines[0] == lines[1])
        return lines[0]
    }

    @Test(arguments: [
        ("{}", "", "", "exec podrun-default?"),
        ("{appArmorProfile: {type: RuntimeDefault}}", "", "", "exec podrun-default"),
        ("{appArmorProfile: {type: Unconfined}}", "", "", ""),
        ("{appArmorProfile: {type: Localhost, localhostProfile: a}}", "", "", "exec a"),
        ("{}", "securityContext: {appArmorProfile: {type: Unconfined}}", "", ""),
        (
            "{appArmorProfile: {type: RuntimeDefault}}", "securityContext: {appArmorProfile: {type: Unconfined}}", "",
            "exec podrun-default"
        ),
        ("{privileged: true}", "", "", ""),
        ("{privileged: true, appArmorProfile: {type: Localhost, localhostProfile: a}}", "", "", "exec a"),
        ("{}", "", "localhost/b", "exec b"), ("{}", "", "unconfined", ""),
        ("{}", "", "runtime/default", "exec podrun-default"),
        ("{appArmorProfile: {type: Localhost, localhostProfile: a}}", "", "localhost/b", "exec a"),
    ])
    func profiles(context: String, pod: String, annotation: String, expected: String) throws {
        #expect(try written(context, pod: pod, annotation: annotation) == expected)
    }

    @Test func hostsWithoutIt() throws {
        let asks = try Sample.container("securityContext: {appArmorProfile: {type: RuntimeDefault}}")
        let unconfined = try Sample.container("securityContext: {appArmorProfile: {type: Unconfined}}")
        let rejection = PodRejection(
            reason: "AppArmor", message: "Cannot enforce AppArmor: AppArmor is not enabled on the host")
        #expect(PodRejection(of: asks, on: Sample.node) == rejection)
        #expect(PodRejection(of: asks, on: Self.node) == nil)
        for pod in [unconfined, try Sample.container("tty: true")] {
            #expect(PodRejection(of: pod, on: Sample.node) == nil)
            #expect(try Sample.resolve(pod).identity.appArmor == nil)
        }
        // Writing it fails there.
        #expect(try Sample.resolve(asks).identity.appArmor != nil)
    }

    @Test func annotationsThatAreWrong() throws {
        let prefix = "container.apparmor.security.beta.kubernetes.io/"
        var pod = try Sample.container("securityContext: {appArmorProfile: {type: Unconfined}}").withDefaults()
        pod.metadata.annotations = ["\(prefix)app": "runtime/default", "\(prefix)gone": "some"]
        let path = "spec.containers[0].securityContext.appArmorProfile"
        #expect(
            PodValidation.errors(in: pod).map(\.text) == [
                "\(path).type: Forbidden: apparmor type in annotation and container must match",
                "metadata.annotations[\(prefix)gone]: Invalid value: \"gone\": container not found",
                "metadata.annotations[\(prefix)gone]: Invalid value: \"some\": invalid AppArmor profile name: \"some\"",
            ])
    }

    @Test func missingProfiles() {
        let op = ChildOp.writeFile(
            path: AppArmorChoice.file, bytes: Array("exec mine".utf8), tolerateDenied: false, optional: false)
        let failure = StartFailure(
            program: ChildProgram(ops: [op], cloneFlags: [], slotCount: 0), opIndex: 0, errno: ENOENT)
        #expect(failure.reason == "CreateContainerError")
        #expect(failure.message == "apparmor profile not found mine: load it with: apparmor_parser -r FILE")
    }
}
