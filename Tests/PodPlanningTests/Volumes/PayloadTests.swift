import PodModel
import Testing

@testable import PodPlanning

@Suite struct PayloadTests {
    private static let configuration = PodConfiguration(
        configMaps: [
            "settings": ConfigMap(
                data: ["a.conf": "A", "b.conf": "B"], binaryData: ["raw": Base64Bytes([0, 255])]),
            "other": ConfigMap(data: ["a.conf": "other"]),
        ],
        secrets: ["credentials": Secret(data: ["user": Base64Bytes(Array("admin".utf8))])])

    /// Path -> "mode text" of what the volume `v` shows.
    private func shown(_ volume: String, containers: String = "- name: app", extra: String = "") throws -> [String:
        String]
    {
        let pod = try Sample.pod("containers:\n\(containers)\nvolumes:\n- name: v\n  \(volume)", extra: extra)
            .withDefaults()
        let resolution = PayloadResolution(pod: pod, node: Sample.node, configuration: Self.configuration)
        return try #require(try resolution.payload(of: pod.spec.volumes[0])).files.mapValues {
            String($0.mode, radix: 8) + " " + String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    private func failure(_ volume: String, containers: String = "- name: app") -> String? {
        #expect(throws: ResolveError.self) { try shown(volume, containers: containers) }?.message
    }

    @Test func everyKeyIsAFile() throws {
        let files = try shown("configMap: {name: settings}")
        #expect(files["a.conf"] == "644 A" && files["b.conf"] == "644 B" && files.count == 3)
        #expect(try shown("secret: {secretName: credentials, defaultMode: 0400}") == ["user": "400 admin"])
    }

    @Test func itemsChooseNameAndPermit() throws {
        let files = try shown(
            "configMap: {name: settings, defaultMode: 0600, items: [{key: a.conf, path: ./x//y}, {key: raw, path: z, mode: 0111}]}"
        )
        #expect(files["x/y"] == "600 A" && files["z"]?.hasPrefix("111 ") == true && files.count == 2)
    }

    @Test(arguments: [
        ("configMap: {name: none}", "configmap \"none\" not found"),
        ("secret: {secretName: none}", "secret \"none\" not found"),
        ("configMap: {name: settings, items: [{key: k, path: p}]}", "configmap references non-existent config key: k"),
        ("secret: {secretName: credentials, items: [{key: k, path: p}]}", "references non-existent secret key: k"),
        (
            "projected: {sources: [{configMap: {name: none}}, {secret: {name: none}}, {configMap: {name: none}}]}",
            "[configmap \"none\" not found, secret \"none\" not found]"
        ),
        (
            "configMap: {name: settings, items: [{key: a.conf, path: ../x}]}",
            "invalid path: must not contain '..': ../x"
        ),
        (
            "configMap: {name: settings, items: [{key: a.conf, path: ..x}]}",
            "invalid path: must not start with '..': ..x"
        ),
        ("configMap: {name: settings, items: [{key: a.conf, path: /x}]}", "invalid path: must be relative path: /x"),
        (
            "configMap: {name: settings, items: [{key: a.conf, path: x}, {key: a.conf, path: x/y}]}",
            "mkdir x: not a directory: it is a file, and x/y is below it"
        ),
        (
            "downwardAPI: {items: [{path: p, resourceFieldRef: {containerName: absent, resource: limits.cpu}}]}",
            "container absent not found"
        ),
    ])
    func whatIsMissingIsSaidInTheKubeletsWords(volume: String, message: String) {
        #expect(failure(volume) == message)
    }

    @Test func optionalMayBeMissing() throws {
        #expect(try shown("configMap: {name: none, optional: true}").isEmpty)
        #expect(try shown("secret: {secretName: none, optional: true}").isEmpty)
        #expect(
            try shown(
                "configMap: {name: settings, optional: true, items: [{key: k, path: p}, {key: a.conf, path: q}]}")
                == ["q": "644 A"])
    }

    @Test func projectedSourcesAreMergedAndTheLastWins() throws {
        let files = try shown(
            """
            projected:
                defaultMode: 0440
                sources:
                - configMap: {name: settings}
                - configMap: {name: other}
                - secret: {name: credentials, items: [{key: user, path: account/name, mode: 0400}]}
                - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
            """, extra: "  labels: {b: \"2\", a: \"quo\\\"te\"}")
        #expect(files["a.conf"] == "440 other" && files["b.conf"] == "440 B")
        #expect(files["account/name"] == "400 admin")
        #expect(files["labels"] == "440 a=\"quo\\\"te\"\nb=\"2\"")
    }

    @Test func downwardFilesTellOfThePod() throws {
        let files = try shown(
            """
            downwardAPI:
                items:
                - {path: name, fieldRef: {fieldPath: metadata.name}}
                - {path: one, fieldRef: {fieldPath: "metadata.annotations['a/b']"}}
                - {path: all, fieldRef: {fieldPath: metadata.annotations}, mode: 0400}
                - {path: cpu, resourceFieldRef: {containerName: app, resource: limits.cpu, divisor: 1m}}
                - {path: memory, resourceFieldRef: {containerName: init, resource: limits.memory, divisor: 1Mi}}
                - {path: disk, resourceFieldRef: {containerName: app, resource: requests.ephemeral-storage, divisor: 1Ki}}
            """,
            containers: """
                - name: app
                  resources: {limits: {cpu: 250m}, requests: {ephemeral-storage: 1025}}
                initContainers:
                - name: init
                  resources: {limits: {memory: 64Mi}}
                """, extra: "  annotations: {a/b: \"line\\nend \\u00e9\\u200b\"}")
        #expect(files["name"] == "644 web" && files["one"] == "644 line\nend é\u{200b}")
        #expect(files["all"] == "400 a/b=\"line\\nend é\\u200b\"")
        #expect(files["cpu"] == "644 250" && files["memory"] == "644 64" && files["disk"] == "644 2")
    }

    @Test func longPathsAreRefused() throws {
        let file = VolumePayload.File(bytes: [], mode: 0o644)
        for (path, part) in [
            (String(repeating: "x", count: 256), "255"), (String(repeating: "abc/", count: 1025), "4096"),
            ("./", "no file"),
            ("", "empty"), ("a\0b", "no file"),
        ] {
            let error = #expect(throws: ResolveError.self) { try VolumePayload([path: file]) }
            #expect(error?.message.contains(part) == true, "\(path.prefix(10))")
        }
        #expect(try VolumePayload([String(repeating: "x", count: 255): file]).files.count == 1)
    }

    // MARK: - Where it is written

    private func plan(_ spec: String) throws -> [PayloadVolumePlan] {
        PayloadVolumePlan.all(in: try Sample.pod(spec), paths: Sample.paths)
    }

    @Test func onlyConfigMapsAreOnDisk() throws {
        let plans = try plan(
            """
            containers: [{name: app}]
            volumes:
            - {name: c, configMap: {name: x}}
            - {name: s, secret: {secretName: x}}
            - {name: d, downwardAPI: {}}
            - {name: p, projected: {sources: []}}
            - {name: e, emptyDir: {}}
            """)
        #expect(plans.map(\.name) == ["c", "s", "d", "p"])
        #expect(plans[0].path == "/var/lib/podrun/pods/\(Sample.uid)/volumes/c")
        for plan in plans.dropFirst() {
            #expect(plan.path == "/run/podrun/memory/pods/\(Sample.uid)/volumes/\(plan.name)")
        }
        #expect(plans.map { $0.directories.last?.mode } == [0o777, 0o1777, 0o1777, 0o1777])
    }

    @Test func theGroupOwnsTheRoot() throws {
        let plans = try plan(
            "securityContext: {fsGroup: 5000}\ncontainers: [{name: app}]\nvolumes: [{name: s, secret: {secretName: x}}]"
        )
        #expect(plans[0].directories.last?.mode == 0o3777 && plans[0].directories.last?.group == 5000)
    }

    @Test func mountPointsInsideAreMadeAhead() throws {
        let pod = try Sample.pod(
            """
            containers:
            - name: app
              volumeMounts:
              - {name: v, mountPath: /etc/app/}
              - {name: w, mountPath: /etc/app/deep/w}
              - {name: w, mountPath: /etc/app/deep/w/below}
              - {name: w, mountPath: /etc/application}
            - name: two
              volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /v/w}]
            volumes: [{name: v, configMap: {name: x}}, {name: w, emptyDir: {}}]
            """)
        #expect(PayloadVolumePlan.nestedMountPoints(of: "v", in: pod) == ["deep/w", "w"])
    }

    @Test func containersOnlyReadIt() throws {
        let pod = try Sample.pod(
            """
            containers:
            - name: app
              command: [x]
              volumeMounts: [{name: v, mountPath: /v}, {name: e, mountPath: /e}]
            volumes: [{name: v, secret: {secretName: x}}, {name: e, emptyDir: {}}]
            """)
        let mounts = try Sample.resolve(pod).mounts
        #expect(mounts.map(\.isReadOnly) == [true, false])
        #expect(mounts[0].source == .memoryFiles(volume: "v"))
    }

    // MARK: - Immutable objects

    @Test func immutableObjectsStayAsTheyWereSeen() {
        var frozen = FrozenConfiguration()
        let first = PodConfiguration(configMaps: [
            "fixed": ConfigMap(immutable: true, data: ["k": "1"]), "loose": ConfigMap(data: ["k": "1"]),
        ])
        #expect(frozen.see(first) == first)
        let later = PodConfiguration(configMaps: [
            "fixed": ConfigMap(data: ["k": "2"]), "loose": ConfigMap(data: ["k": "2"]),
        ])
        #expect(frozen.see(later).configMaps.mapValues { $0.data["k"] } == ["fixed": "1", "loose": "2"])
        #expect(frozen.see(.none).configMaps.keys.sorted() == ["fixed"])
    }
}
