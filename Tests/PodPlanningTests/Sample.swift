import PodModel
import Testing

@testable import PodPlanning

/// Pods, images and a host for tests.
enum Sample {
    static let paths = HostPaths()

    static let unified = CgroupSupport(
        root: "/sys/fs/cgroup", controllers: ["cpu", "memory", "pids", "io"], isUnified: true)

    static let node = NodeFacts(
        hostName: "host1", memoryBytes: 4 << 30, cpuCount: 2, cgroup: unified, lastCapability: 40,
        resolvConf: "search example.org\nnameserver 192.0.2.1\n", hostIP: "192.0.2.10",
        diskBytes: 8 << 30)

    static let uid = "0f4b2d9e-0000-4000-8000-000000000001"

    /// `spec`: YAML of the pod's spec, indented by nothing.
    static func pod(_ spec: String, name: String = "web", extra: String = "") throws -> Pod {
        let indented = spec.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "  " + $0 }.joined(separator: "\n")
        let yaml = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name)
              namespace: default
              uid: \(uid)
            \(extra)
            spec:
            \(indented)
            """
        return try decode(Array(yaml.utf8))
    }

    static func decode(_ bytes: [UInt8]) throws -> Pod {
        let node = try #require(YAMLReader.documents(bytes, file: "pod.yaml").first)
        return try NodeDecoder.decode(Pod.self, from: node, file: "pod.yaml").0
    }

    /// A pod of one container "app" with these lines in it.
    static func container(_ lines: String, podLines: String = "") throws -> Pod {
        let indented = lines.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "  " + $0 }.joined(separator: "\n")
        return try pod("\(podLines)\ncontainers:\n- name: app\n  image: busybox\n\(indented)")
    }

    static let passwd = """
        root:x:0:0:root:/root:/bin/sh
        daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
        app:x:1000:2000:App:/home/app:/bin/sh
        1234:x:0:0:digits only:/root:/bin/sh
        4294967296:x:0:0:too large:/root:/bin/sh
        bad:x:-1:0::/:/bin/sh
        nohome:x:1001:1001::
        """

    static let group = """
        root:x:0:
        staff:x:50:app,daemon
        video:x:44:app
        wheel:x:10:root
        """

    static func image(
        user: String = "", env: [String] = [], entrypoint: [String] = [], cmd: [String] = ["/bin/sh"],
        workingDir: String = "", layers: [String] = ["aaaa", "bbbb"]
    ) -> ImageFacts {
        var config = OCIImageConfig()
        config.config.user = user
        config.config.env = env
        config.config.entrypoint = entrypoint
        config.config.cmd = cmd
        config.config.workingDir = workingDir
        return ImageFacts(
            reference: "docker.io/library/busybox:latest", imageID: "sha256:1111", config: config, layers: layers,
            passwd: passwd, group: group)
    }

    static func resolve(
        _ pod: Pod, container name: String? = nil, image: ImageFacts = image(), node: NodeFacts = node,
        podIP: String? = "10.85.0.2", localhostProfiles: [String: [UInt8]] = [:],
        configuration: PodConfiguration = .none
    ) throws(ResolveError) -> ResolvedContainer {
        try ContainerResolution.resolve(
            container: name.flatMap(pod.container) ?? pod.spec.containers[0], pod: pod, image: image, node: node,
            podIP: podIP,
            localhostProfiles: localhostProfiles, configuration: configuration)
    }
}
