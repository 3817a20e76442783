import PodModel
import Testing

/// Manifests with mistakes, against the texts of Kubernetes' own decoder and validation (v1.36).
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let id: String
        let stage: String
        /// What must be told; empty for manifests that are accepted.
        let expected: [String]

        var testDescription: String { id }

        static let all: [Case] = Fixture.text("bad-input/cases.tsv").split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let parts = split(fields[2]).filter {
                !$0.hasPrefix("Warning:") && !$0.hasPrefix("reads as") && !$0.hasPrefix("(accepted")
            }
            return Case(id: fields[0], stage: fields[1], expected: parts)
        }

        private static func split(_ text: String) -> [String] {
            var parts = [""]
            for word in text.split(separator: " ", omittingEmptySubsequences: false) {
                if word == ";;" {
                    parts.append("")
                } else {
                    parts[parts.count - 1] += (parts[parts.count - 1].isEmpty ? "" : " ") + word
                }
            }
            return parts
        }
    }

    /// Where podrun answers something else, on purpose: what it says must contain this.
    static let ownAnswers: [String: String] = [
        "dnsopt-newline": "must not contain spaces or control characters",
        "term-path-rel": "must be an absolute path",
        "workdir-rel": "must be an absolute path",
        "command-nul": "must not contain NUL bytes",
        "hostip-bad": "must be a valid IP address",
        "mem-16": "must be at least 6Mi",
        "mem-1e3": "must be at least 6Mi",
        "mem-huge": "must be less than or equal to 9223372036854775807",
        "probe-path-crlf": "must not contain control characters",
        // podrun knows the field: Kubernetes' answer where its gate is on.
        "stopsignal-noos":
            "spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`",
        "ed-medium": "Unsupported value",
        "cap-unknown": "unknown capability",
        "dup-key": "key \"restartPolicy\" already set in map",
        "dup-key-ctr": "key \"image\" already set in map",
        "kind-missing": "Object 'Kind' is missing",
        "apiversion-missing": "Object 'apiVersion' is missing",
        "kind-unknown": "no matches for kind \"Pods\" in version \"v1\"",
        "kind-case": "no matches for kind \"pod\" in version \"v1\"",
        "kind-list": "spec.containers[0].name: Invalid value: \"A_b\"",
        "kind-deployment": "kind \"Deployment\" is not supported yet",
        "only-comment": "no objects passed to apply",
        "utf16": "manifest is UTF-16, not UTF-8",
    ]

    static func answers(to bytes: [UInt8]) -> [String] {
        do throws(ManifestError) {
            return try Manifest.read(bytes, file: "f.yaml").flatMap { object in
                switch object {
                case .pod(let manifest): PodValidation.errors(in: manifest.pod.withDefaults()).map(\.text)
                case .stored(let manifest): ObjectValidation.errors(in: manifest.object.withDefaults()).map(\.text)
                }
            }
        } catch {
            return [error.text]
        }
    }

    @Test(arguments: [
        ("securityContext: {seLinuxOptions: {level: s0}}", "securityContext.seLinuxOptions", "seLinuxOptions are"),
        (
            "resources: {limits: {cpu: 1, nvidia.com/gpu: 1}}", "resources.limits[nvidia.com/gpu]",
            "nvidia.com/gpu resources are"
        ),
        (
            "ports: [{containerPort: 1, hostPort: 1, hostIP: '::1'}]", "ports[0].hostIP",
            "an IPv6 address of the host is"
        ),
        (
            "ports: [{containerPort: 1, hostPort: 1, hostIP: 127.0.0.1}]", "ports[0].hostIP",
            "a loopback address of the host is"
        ),
    ])
    func whatCannotBeGivenIsRefused(field: String, path: String, feature: String) {
        let pod = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec: {containers: [{name: a, image: b, \(field)}]}
            """
        #expect(
            Self.answers(to: Array(pod.utf8)) == ["spec.containers[0].\(path): Forbidden: \(feature) not supported yet"]
        )
    }

    @Test(arguments: Case.all) func answer(_ item: Case) {
        let answers = Self.answers(to: Fixture.bytes("bad-input/\(item.id).yaml"))
        if let own = Self.ownAnswers[item.id] {
            #expect(answers.contains { $0.contains(own) }, "\(answers)")
        } else if item.stage == "validate" {
            #expect(Set(answers) == Set(item.expected))
        } else if item.stage == "ok" {
            #expect(answers == [])
        } else {
            let words = item.expected.first?.replacing("error parsing: ", with: "") ?? ""
            #expect(answers.contains { $0.contains(words) }, "\(answers) \(words)")
        }
    }
}
