import Glibc
import PodModel
import ProgramCheck
import Testing

@testable import PodPlanning

/// `Tests/Fixtures/plans/<case>/{pod.yaml,plan.txt}`: what `podrun plan` prints. With PODRUN_UPDATE_GOLDEN=1 the
/// files are written instead of compared: read the difference before you commit it.
@Suite struct GoldenTests {
    static let directory: String = {
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return here.dropLast(2).joined(separator: "/") + "/Fixtures/plans"
    }()

    static var cases: [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    @Test(arguments: cases)
    func plan(name: String) throws {
        let folder = "\(Self.directory)/\(name)"
        let objects = try Manifest.read(try read("\(folder)/pod.yaml"), file: "pod.yaml")
        var node = Sample.node
        if name == "no-cgroup" { node.cgroup = .none }
        var text = ""
        for case .pod(let manifest) in objects {
            let pod = manifest.pod.withDefaults()
            var images: [String: ImageFacts] = [:]
            for container in pod.allContainers { images[container.name] = Self.images[container.image] }
            text += PlanDump.text(
                pod: pod, images: images, node: node, paths: Sample.paths, configuration: configuration(of: objects))
        }
        let golden = "\(folder)/plan.txt"
        if getenv("PODRUN_UPDATE_GOLDEN") != nil {
            try write(Array(text.utf8), to: golden)
            return
        }
        let expected = String(decoding: try read(golden), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = zip(lines, expectedLines).first { $0 != $1 }
        #expect(text == expected, "first difference: \(String(describing: difference))")
    }

    /// What planning encodes, the keeper's own check accepts: sandbox, containers and execs of every case.
    @Test(arguments: cases)
    func keeperAccepts(name: String) throws {
        let objects = try Manifest.read(try read("\(Self.directory)/\(name)/pod.yaml"), file: "pod.yaml")
        for case .pod(let manifest) in objects {
            var pod = manifest.pod.withDefaults()
            pod.metadata.uid = Sample.uid
            try check(SandboxPlan.make(pod: pod, node: Sample.node, paths: Sample.paths, podIP: nil).program)
            for container in pod.allContainers {
                let resolved = try ContainerResolution.resolve(
                    container: container, pod: pod, image: Self.images[container.image] ?? Sample.image(),
                    node: Sample.node, podIP: nil, configuration: configuration(of: objects))
                try check(
                    ContainerPlan.make(
                        resolved, container: container, pod: pod, node: Sample.node, paths: Sample.paths, attempt: 3
                    ).program)
                for terminal in [nil, ExecPlan.Terminal(rows: 24, columns: 80)] {
                    try check(
                        ExecPlan.make(
                            resolved, command: ["sh", "-c", ""], terminal: terminal, hasInput: true, node: Sample.node
                        ).program)
                }
            }
        }
    }

    private func configuration(of objects: [ManifestObject]) -> PodConfiguration {
        PodConfiguration(
            showing: objects.compactMap { if case .stored(let manifest) = $0 { manifest.object } else { nil } },
            namespace: "default")
    }

    private func check(_ program: ChildProgram) throws {
        let bytes = try program.encoded(seccomp: [UInt8](repeating: 0, count: 16))
        var badOp: UInt32 = 0
        let result = podrun_test_program_check(bytes, bytes.count, &badOp)
        #expect(result == 0, "\(program.describe(opIndex: Int(badOp)))")
    }

    @Test func thereAreCases() {
        #expect(Self.cases.count >= 12)
    }

    /// Images that are on the tests' host; every other one is not.
    private static let images: [String: ImageFacts] = [
        "busybox": facts("docker.io/library/busybox:latest", cmd: ["sh"], layers: ["b0b0"]),
        "redis": facts(
            "docker.io/library/redis:latest", env: ["PATH=/usr/local/bin:/usr/bin:/bin", "REDIS_VERSION=7"],
            entrypoint: ["docker-entrypoint.sh"], cmd: ["redis-server"], workingDir: "/data",
            layers: ["d1d1", "d2d2", "d3d3"]),
        "ghcr.io/subicura/counter:latest": facts(
            "ghcr.io/subicura/counter:latest", cmd: ["node", "index.js"], workingDir: "/usr/src/app", layers: ["c1c1"]),
        "nginx:1.14.2": facts(
            "docker.io/library/nginx:1.14.2", cmd: ["nginx", "-g", "daemon off;"], layers: ["a1a1", "a2a2"]),
        "nginx:1.20": facts(
            "docker.io/library/nginx:1.20", cmd: ["nginx", "-g", "daemon off;"], layers: ["a1a1", "a3a3"]),
        "myapp:1.0": facts("docker.io/library/myapp:1.0", cmd: ["/app"], layers: ["e1e1"]),
        "example/app:1": facts(
            "docker.io/example/app:1", env: ["LANG=C.UTF-8"], entrypoint: ["/usr/bin/app"], cmd: ["--default"],
            layers: ["e1e1", "e2e2"]),
    ]

    private static func facts(
        _ reference: String, env: [String] = [], entrypoint: [String] = [], cmd: [String], workingDir: String = "",
        layers: [String]
    ) -> ImageFacts {
        var facts = Sample.image(
            env: env, entrypoint: entrypoint, cmd: cmd, workingDir: workingDir, layers: layers)
        facts.reference = reference
        facts.imageID = "sha256:" + layers.joined()
        return facts
    }
}

private struct FileError: Error {
    let path: String
}

private func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw FileError(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
}

private func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw FileError(path: path) }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}
