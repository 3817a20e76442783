import PodModel
import Testing

/// Rules of pkg/apis/core/validation that the cases of bad-input.tsv don't reach.
@Suite struct PodRulesTests {
    static func answers(spec: String) -> [String] {
        BadInputTests.answers(
            to: Array(
                """
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                 "spec": {"containers": [{"name": "c", "image": "busybox:1"}], \(spec)}}
                """.utf8))
    }

    /// `Tests/Fixtures/pod-rules.tsv`: a spec, and what Kubernetes says of it; each line is the only proof of a rule.
    static let rules = Fixture.text("pod-rules.tsv").split(separator: "\n").map {
        $0.split(separator: "\t").map(String.init)
    }

    @Test(arguments: rules) func rule(line: [String]) {
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {\(line[0])}}"
        #expect(BadInputTests.answers(to: Array(pod.utf8)) == Array(line.dropFirst()))
    }

    static let keyRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

    static let valueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end "
        + "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    @Test(arguments: [
        (
            "requiredDuringSchedulingIgnoredDuringExecution: {}",
            [".nodeSelectorTerms: Required value: must have at least one node selector term"]
        ),
        (
            "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In}]}]}",
            [
                ".nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
            ]
        ),
        (
            "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists, values: [b]}]}]}",
            [
                ".nodeSelectorTerms[0].matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            ]
        ),
        (
            "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: ['1', '2']}]}]}",
            [
                ".nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"
            ]
        ),
        (
            "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: -a, operator: is, values: [b_]}]}]}",
            [
                ".nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: \"is\": not a valid selector operator",
                ".nodeSelectorTerms[0].matchExpressions[0].key: Invalid value: \"-a\": \(keyRule)",
                ".nodeSelectorTerms[0].matchExpressions[0].values[0]: Invalid value: \"b_\": \(valueRule)",
            ]
        ),
        (
            "requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: name, operator: In, values: []}]}]}",
            [
                ".nodeSelectorTerms[0].matchFields[0].values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
                ".nodeSelectorTerms[0].matchFields[0].key: Invalid value: \"name\": not a valid field selector key",
            ]
        ),
        (
            "preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, preference: {matchExpressions: [{key: a, operator: In, values: [b_]}]}}]",
            ["[0].weight: Invalid value: 101: must be in the range 1-100"]
        ),
    ])
    func nodeAffinity(affinity: String, expected: [String]) {
        let field = affinity.prefix { $0 != ":" }
        #expect(
            Self.answers(spec: "affinity: {nodeAffinity: {\(affinity)}}")
                == expected.map { "spec.affinity.nodeAffinity.\(field)\($0)" })
    }

    @Test(arguments: [
        (
            "topologyKey: ''",
            [
                "topologyKey: Required value: can not be empty",
                "topologyKey: Invalid value: \"\": name part must be non-empty",
                "topologyKey: Invalid value: \"\": \(keyRule)",
            ]
        ),
        (
            "topologyKey: a, namespaces: [A]",
            [
                "namespace: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            ]
        ),
        (
            "topologyKey: a, matchLabelKeys: [b]",
            ["matchLabelKeys: Forbidden: must not be specified when labelSelector is not set"]
        ),
        (
            "topologyKey: a, labelSelector: {matchExpressions: [{key: k, operator: NotIn}]}",
            [
                "labelSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
            ]
        ),
        (
            "topologyKey: a, labelSelector: {}, matchLabelKeys: [b], mismatchLabelKeys: [b]",
            [
                "matchLabelKeys[0]: Invalid value: \"b\": exists in both matchLabelKeys and mismatchLabelKeys"
            ]
        ),
    ])
    func podAffinity(term: String, expected: [String]) {
        for kind in ["podAffinity", "podAntiAffinity"] {
            let required = "requiredDuringSchedulingIgnoredDuringExecution"
            #expect(
                Self.answers(spec: "affinity: {\(kind): {\(required): [{\(term)}]}}")
                    == expected.map { "spec.affinity.\(kind).\(required)[0].\($0)" })
            let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
            #expect(
                Self.answers(spec: "affinity: {\(kind): {\(preferred): [{weight: 0, podAffinityTerm: {\(term)}}]}}")
                    == ["spec.affinity.\(kind).\(preferred)[0].weight: Invalid value: 0: must be in the range 1-100"]
                    + expected.map { "spec.affinity.\(kind).\(preferred)[0].podAffinityTerm.\($0)" })
        }
    }

    @Test(arguments: [
        (
            "{}",
            [
                "[0].maxSkew: Invalid value: 0: must be greater than 0",
                "[0].topologyKey: Required value: can not be empty",
                "[0].whenUnsatisfiable: Unsupported value: \"\": supported values: \"DoNotSchedule\", \"ScheduleAnyway\"",
            ]
        ),
        (
            "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 0}",
            [
                "[0].minDomains: Invalid value: 0: must be greater than 0",
                "[0].minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
            ]
        ),
        (
            "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}, {maxSkew: 2, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}",
            [
                "[0].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{zone, DoNotSchedule}\""
            ]
        ),
        (
            "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, nodeAffinityPolicy: Maybe, matchLabelKeys: [a]}",
            [
                "[0].nodeAffinityPolicy: Unsupported value: \"Maybe\": supported values: \"Honor\", \"Ignore\"",
                "[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
            ]
        ),
        (
            "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [a], labelSelector: {matchLabels: {a: b}}}",
            [
                "[0].matchLabelKeys[0]: Invalid value: \"a\": exists in both matchLabelKeys and labelSelector"
            ]
        ),
    ])
    func topologySpread(constraints: String, expected: [String]) {
        #expect(
            Self.answers(spec: "topologySpreadConstraints: [\(constraints)]")
                == expected.map { "spec.topologySpreadConstraints\($0)" })
    }

    @Test(arguments: [
        ("{operator: Exists}", []),
        (
            "{}",
            [
                "operator: Invalid value: \"\": operator must be Exists when `key` is empty, which means \"match all values and all keys\""
            ]
        ),
        (
            "{key: a, operator: Exists, value: b}",
            ["operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"]
        ),
        ("{key: a, operator: Is}", ["operator: Unsupported value: \"Is\": supported values: \"Equal\", \"Exists\""]),
        (
            "{key: a, value: b_, effect: Not}",
            [
                "operator: Invalid value: \"b_\": \(valueRule)",
                "effect: Unsupported value: \"Not\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"",
            ]
        ),
        (
            "{key: a, effect: NoSchedule, tolerationSeconds: 1}",
            ["effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set"]
        ),
    ])
    func tolerations(toleration: String, expected: [String]) {
        #expect(Self.answers(spec: "tolerations: [\(toleration)]") == expected.map { "spec.tolerations[0].\($0)" })
    }

    @Test(arguments: [
        ("nfs: {path: a}", ["nfs.server: Required value", "nfs.path: Invalid value: \"a\": must be an absolute path"]),
        (
            "projected: {sources: [{secret: {name: s, items: [{key: a, path: p}]}}, {configMap: {name: m, items: [{key: b, path: p}]}}]}",
            ["projected: Invalid value: \"m\": conflicting duplicate paths"]
        ),
        (
            "projected: {sources: [{downwardAPI: {items: [{path: p, fieldRef: {fieldPath: metadata.name}}, {path: p, fieldRef: {fieldPath: metadata.name}}]}}]}",
            ["projected: Invalid value: \"p\": conflicting duplicate paths"]
        ),
        (
            "projected: {sources: [{serviceAccountToken: {path: ../t, expirationSeconds: 8589934592}}]}",
            [
                "projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds",
                "projected.path: Invalid value: \"../t\": must not contain '..'",
            ]
        ),
    ])
    func volumes(source: String, expected: [String]) {
        #expect(Self.answers(spec: "volumes: [{name: v, \(source)}]") == expected.map { "spec.volumes[0].\($0)" })
    }

    @Test(arguments: [
        (
            "ephemeralContainers: [{name: e, image: i}]",
            ["spec.ephemeralContainers: Forbidden: cannot be set on create"]
        ),
        (
            "hostUsers: false, hostPID: true, hostNetwork: true",
            [
                "spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false",
                "spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false",
            ]
        ),
        (
            "nodeName: node, schedulingGates: [{name: a}, {name: a}]",
            [
                "spec.schedulingGates[1]: Duplicate value: \"a\"",
                "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
            ]
        ),
    ])
    func pod(spec: String, expected: [String]) {
        #expect(Self.answers(spec: spec) == expected)
    }

    @Test(arguments: [
        (
            "{httpGet: {port: web}}",
            "httpGet.port: Invalid value: \"web\": must be the name of one of the container's ports"
        ),
        (
            "{tcpSocket: {port: web}}",
            "tcpSocket.port: Invalid value: \"web\": must be the name of one of the container's ports"
        ),
        (
            "{httpGet: {port: 80, httpHeaders: [{name: A, value: \"b\\r\\nC: d\"}]}}",
            "httpGet.httpHeaders[0].value: Invalid value: \"b\\r\\nC: d\": must not contain control characters"
        ),
    ])
    func requestsOfProbes(probe: String, expected: String) {
        let pod = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
             "spec": {"containers": [{"name": "c", "image": "busybox:1", "readinessProbe": \(probe)}]}}
            """
        #expect(
            BadInputTests.answers(to: Array(pod.utf8)).first == "spec.containers[0].readinessProbe.\(expected)")
    }

    @Test func annotationsOverTheLimit() {
        let text = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": {"a": "\(String(repeating: "x", count: 262_144))"}},
             "spec": {"containers": [{"name": "c", "image": "busybox:1"}]}}
            """
        #expect(
            BadInputTests.answers(to: Array(text.utf8))
                == ["metadata.annotations: Too long: may not be more than 262144 bytes"])
    }

    /// Kubernetes looks for separators before it reads YAML.
    @Test func separators() throws {
        func documents(_ text: String) throws(ManifestError) -> Int {
            try YAMLReader.documents(Array(text.utf8), file: "f").count
        }
        #expect(try documents("--- # first\na: 1\n---\t\r\nb: |\n  --- text\n") == 2)
        let error = #expect(throws: ManifestError.self) { _ = try documents("a: 1\n---  b: 2 \n") }
        #expect(error?.description == "f:2:6: invalid Yaml document separator: b: 2")
    }
}
