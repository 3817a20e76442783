import PodModel
import Testing

@testable import PodPlanning

@Suite struct EnvironmentTests {
    private func environment(
        _ lines: String, image: ImageFacts = Sample.image(), podIP: String? = "10.85.0.2"
    ) throws -> [String] {
        try Sample.resolve(Sample.container(lines), image: image, podIP: podIP).environment.map(\.text)
    }

    @Test func plainContainerSeesExactlyThree() throws {
        #expect(
            try environment("") == [
                "HOSTNAME=web", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
            ])
    }

    @Test func imageValuesStayAndThePodWins() throws {
        let image = Sample.image(env: ["PATH=/bin", "A=image", "B=image", "HOME="])
        #expect(
            try environment("env:\n- {name: A, value: pod}\n- {name: A, value: again}", image: image)
                == ["HOSTNAME=web", "PATH=/bin", "A=again", "B=image", "HOME=/root"])
    }

    @Test func terminalSetsTerm() throws {
        #expect(try environment("tty: true").first == "TERM=xterm")
    }

    @Test func homeIsTheUsersOrTheRoot() throws {
        #expect(try environment("securityContext: {runAsUser: 1000}").contains("HOME=/home/app"))
        #expect(try environment("securityContext: {runAsUser: 4711}").contains("HOME=/"))
        #expect(try environment("securityContext: {runAsUser: 1001}").contains("HOME=/"))
        #expect(try environment("env: [{name: HOME, value: /x}]").contains("HOME=/x"))
    }

    @Test func laterVariablesSeeEarlierOnes() throws {
        let lines = """
            env:
            - {name: EARLY, value: "$(LATE)"}
            - {name: LATE, value: l}
            - {name: BOTH, value: "$(LATE)-$$(LATE)-$(FROM_IMAGE)"}
            """
        let variables = try environment(lines, image: Sample.image(env: ["FROM_IMAGE=i"]))
        #expect(variables.contains("EARLY=$(LATE)"))
        #expect(variables.contains("BOTH=l-$(LATE)-$(FROM_IMAGE)"))
    }

    @Test(arguments: [
        ("metadata.name", "web"), ("metadata.namespace", "default"), ("metadata.uid", Sample.uid),
        ("metadata.labels['app']", "x"), ("metadata.annotations['a/b']", "y"), ("metadata.labels['no']", ""),
        ("spec.nodeName", "host1"), ("status.podIP", "10.85.0.2"), ("status.hostIP", "192.0.2.10"),
    ])
    func fieldReferences(path: String, expected: String) throws {
        let pod = try Sample.pod(
            """
            containers:
            - name: app
              env:
              - name: V
                valueFrom: {fieldRef: {fieldPath: "\(path)"}}
            """, extra: "  labels: {app: x}\n  annotations: {a/b: \"y\"}")
        #expect(try Sample.resolve(pod).environment.contains(EnvironmentVariable("V", expected)))
    }

    @Test(arguments: [
        ("limits.cpu", "", "1"), ("limits.cpu", "1m", "250"), ("requests.cpu", "1m", "100"),
        ("limits.memory", "1Mi", "128"), ("limits.memory", "", "134217728"), ("requests.memory", "1Gi", "1"),
    ])
    func resourceReferencesAreRoundedUp(resource: String, divisor: String, expected: String) throws {
        let line = divisor.isEmpty ? "" : ", divisor: \(divisor)"
        let lines = """
            resources: {limits: {cpu: 250m, memory: 128Mi}, requests: {cpu: 100m, memory: 64Mi}}
            env:
            - name: V
              valueFrom: {resourceFieldRef: {resource: \(resource)\(line)}}
            """
        #expect(try environment(lines).contains("V=\(expected)"))
    }

    @Test func limitlessContainerSeesTheHost() throws {
        let lines = """
            env:
            - {name: C, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            - {name: M, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Gi}}}
            """
        let variables = try environment(lines)
        #expect(variables.contains("C=2") && variables.contains("M=4"))
    }

    @Test(arguments: [
        ("NOEQUALS", "invalid environment variable \"NOEQUALS\" of the image: no \"=\" in it"),
        ("=x", "invalid environment variable \"\" (image): its name is empty"),
        ("A=x\0y", "invalid environment variable \"A\" (image): it holds a NUL byte"),
    ])
    func brokenImageVariablesAreRefused(entry: String, message: String) throws {
        let error = #expect(throws: ResolveError.self) { try environment("", image: Sample.image(env: [entry])) }
        #expect(error?.reason == .runContainerError && error?.message == message)
    }

    // MARK: - ConfigMaps and Secrets

    private static let configuration = PodConfiguration(
        configMaps: [
            "settings": ConfigMap(
                data: ["B": "two", "A": "one", "with.dot": "three"], binaryData: ["R": Base64Bytes([1])])
        ],
        secrets: ["credentials": Secret(data: ["user": Base64Bytes(Array("admin".utf8)), "raw": Base64Bytes([255])])])

    private func configured(_ lines: String) throws -> [String] {
        let all = try Sample.resolve(Sample.container(lines), configuration: Self.configuration).environment.map(\.text)
        return all.filter { !$0.hasPrefix("HOSTNAME=") && !$0.hasPrefix("PATH=") && !$0.hasPrefix("HOME=") }
    }

    @Test func keysOfObjects() throws {
        let lines = """
            env:
            - {name: X, valueFrom: {configMapKeyRef: {name: settings, key: A}}}
            - {name: W, valueFrom: {secretKeyRef: {name: credentials, key: user}}}
            - {name: Z, value: "$(X)/$(W)"}
            - {name: NO1, valueFrom: {configMapKeyRef: {name: settings, key: none, optional: true}}}
            - {name: NO2, valueFrom: {secretKeyRef: {name: none, key: none, optional: true}}}
            - {name: AFTER, value: "$(NO1)"}
            """
        #expect(try configured(lines) == ["X=one", "W=admin", "Z=one/admin", "AFTER=$(NO1)"])
    }

    @Test func allKeysOfObjects() throws {
        let lines = """
            envFrom:
            - {configMapRef: {name: settings}}
            - {prefix: P_, configMapRef: {name: settings}}
            - {secretRef: {name: none, optional: true}}
            env: [{name: A, value: "own $(B) $(P_A)"}]
            """
        #expect(
            try configured(lines) == [
                "A=own two one", "B=two", "with.dot=three", "P_A=one", "P_B=two", "P_with.dot=three",
            ])
    }

    @Test(arguments: [
        ("env: [{name: X, valueFrom: {configMapKeyRef: {name: none, key: A}}}]", "configmap \"none\" not found"),
        ("env: [{name: X, valueFrom: {secretKeyRef: {name: none, key: A}}}]", "secret \"none\" not found"),
        ("envFrom: [{configMapRef: {name: none}}]", "configmap \"none\" not found"),
        ("envFrom: [{secretRef: {name: none}}]", "secret \"none\" not found"),
        (
            "env: [{name: X, valueFrom: {configMapKeyRef: {name: settings, key: R}}}]",
            "couldn't find key R in ConfigMap default/settings"
        ),
        (
            "env: [{name: X, valueFrom: {secretKeyRef: {name: credentials, key: none}}}]",
            "couldn't find key none in Secret default/credentials"
        ),
    ])
    func whatIsMissingIsSaidInTheKubeletsWords(lines: String, message: String) throws {
        let error = #expect(throws: ResolveError.self) { try configured(lines) }
        #expect(error?.reason == .createContainerConfigError && error?.message == message)
    }

    @Test func valuesThatNoVariableCanHoldAreNotShown() throws {
        let error = #expect(throws: ResolveError.self) { try configured("envFrom: [{secretRef: {name: credentials}}]") }
        #expect(
            error?.message == "secret \"credentials\": a value that is not UTF-8 can't be an environment variable")
    }

    @Test(arguments: [
        ("limits.ephemeral-storage", "1Gi", "8"), ("requests.ephemeral-storage", "", "0"),
        ("requests.hugepages-2Mi", "1Mi", "4"), ("limits.hugepages-1Gi", "", "0"),
    ])
    func otherResources(resource: String, divisor: String, expected: String) throws {
        let line = divisor.isEmpty ? "" : ", divisor: \(divisor)"
        let lines = """
            resources: {requests: {hugepages-2Mi: 4Mi}}
            env:
            - name: V
              valueFrom: {resourceFieldRef: {resource: \(resource)\(line)}}
            """
        #expect(try environment(lines).contains("V=\(expected)"))
    }

    @Test(arguments: ["limits.gpu", "cpu", "usage.cpu"])
    func unknownResources(resource: String) throws {
        let lines = "env: [{name: V, valueFrom: {resourceFieldRef: {resource: \(resource)}}}]"
        let error = #expect(throws: ResolveError.self) { try environment(lines) }
        #expect(error?.message == "Unsupported container resource : \(resource)")
    }

    @Test func quotingIsGos() {
        #expect(
            goQuoted("a\"b\\c\n\t\r\u{07}\u{00}\u{7f}é\u{a0}\u{1f600}\u{ad}")
                == "\"a\\\"b\\\\c\\n\\t\\r\\a\\x00\\x7fé\\u00a0\u{1f600}\\u00ad\"")
    }
}
