import PodModel
import Testing

struct YAMLTests {
    private func value(_ text: String) throws -> Value {
        try #require(try YAMLReader.documents(Array(text.utf8), file: "f").first).value
    }

    @Test(
        arguments: [
            ("0644", .int(420)), ("0x1F", .int(31)), ("1_000", .int(1000)), ("yes", .bool(true)), ("on", .bool(true)),
            ("No", .bool(false)), ("2024-01-01", .string("2024-01-01")), ("'yes'", .string("yes")),
            ("1.5", .double(1.5)),
            ("a", .string("a")), ("0.1.2", .string("0.1.2")), ("12:30", .string("12:30")),
        ] as [(String, Value)])
    func plainScalarsAreYAML11(text: String, expected: Value) throws {
        #expect(try value("a: \(text)") == .object([("a", expected)]))
    }

    @Test(arguments: ["~", "null", ""]) func nothing(text: String) throws {
        #expect(try value("a: \(text)") == .object([("a", .null)]))
    }

    @Test func positionsCountFromOne() throws {
        let node = try #require(try YAMLReader.documents(Array("a:\n  - b: c\n".utf8), file: "f").first)
        guard case .sequence(let items)? = node["a"]?.content else { return #expect(Bool(false)) }
        #expect(items.first?["b"]?.position == SourcePosition(line: 2, column: 8))
    }

    @Test(arguments: [
        "a: {<<: {b: c}}", "a: !custom b", "a: 1\na: 2", "a: &x [*x]", "a: *nope", #"{"a": 1, "a": 2}"#,
        "{\"a\": \"\u{1}\"}",
    ])
    func refuses(text: String) {
        #expect(throws: ManifestError.self) { try YAMLReader.documents(Array(text.utf8), file: "f") }
    }

    /// Each is answered at once and without the memory its text asks for.
    @Test(.timeLimit(.minutes(1))) func hostileInputEnds() {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for level in 1..<12 {
            let item = "*a\(level - 1)"
            bomb += "a\(level): &a\(level) [\([String](repeating: item, count: 9).joined(separator: ","))]\n"
        }
        let texts = [
            bomb, String(repeating: "[", count: 1 << 20), String(repeating: "a", count: 5 << 20),
            String(repeating: "- ", count: 1 << 20), String(repeating: "{a: ", count: 1 << 19),
        ]
        for text in texts {
            #expect(throws: ManifestError.self) { try YAMLReader.documents(Array(text.utf8), file: "f") }
        }
    }

    @Test func jsonRoundTripIsExact() throws {
        var text = ""
        for code in 0..<0x3000 { if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) } }
        text += "\u{feff}\u{fffe}\u{10ffff}😀"
        let map = ["": "", "k": text, "yes": "no", "1": "0644", "a: b": "- c", String(repeating: "k", count: 600): "v"]
        #expect(try JSON.decode([String: String].self, from: JSON.encode(map)) == map)
    }

    /// What YAML's reader can't have: Python escapes everything beyond ASCII, and a key may be of any length.
    @Test func jsonIsReadAsJSON() throws {
        #expect(
            try value(#"{"a": "\ud83d\ude00\/\ud83dx\ude00\ud83d\u00e9"}"#)
                == .object([("a", .string("😀/\u{fffd}x\u{fffd}\u{fffd}é"))]))
        let long = [String](repeating: "key", count: 1000).joined()
        #expect(try JSON.decode([String: String].self, from: JSON.encode([long: "v"])) == [long: "v"])
        let node = try #require(try YAMLReader.documents(Array("{\n\"é\": [\n1, -2.5e1]}".utf8), file: "f").first)
        guard case .sequence(let items)? = node["é"]?.content else { return #expect(Bool(false)) }
        #expect(node["é"]?.position == SourcePosition(line: 2, column: 6))
        #expect(items.map(\.value) == [.int(1), .double(-25)])
        #expect(items.last?.position == SourcePosition(line: 3, column: 4))
    }

    /// A brace begins YAML's flow style just as well.
    @Test func bracesMayBeYAML() throws {
        #expect(try value("{a: yes, 'b': [c]}") == .object([("a", .bool(true)), ("b", .array([.string("c")]))]))
        #expect(try value("{\"a\": 010} # octal") == .object([("a", .int(8))]))
    }

    /// As metav1.Time; podrun's own files keep the moment.
    @Test func timesOfObjectsAreWholeSeconds() throws {
        var pod = Pod()
        pod.metadata.creationTimestamp = Timestamp(seconds: 1_763_693_818, nanoseconds: 5)
        #expect(try NodeEncoder.encode(pod).yamlText().contains("creationTimestamp: \"2025-11-21T02:56:58Z\""))
        #expect(try JSON.decode(Pod.self, from: JSON.encode(pod)) == pod)
    }

    @Test func podRoundTripsThroughJSONAndYAML() throws {
        let manifest = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, labels: {empty: "", "on": "yes"}, creationTimestamp: "2026-11-21T02:56:58Z"}
            spec:
              volumes: [{name: v, emptyDir: {}}, {name: 'n', nfs: {path: /b, server: a}}]
              containers:
              - {name: c, image: b, command: [sh, -c, "a\\nb\\n"], resources: {limits: {cpu: 100m}}, tty: true}
            status: {containerStatuses: [{name: c, ready: false, restartCount: 0}]}
            """
        let node = try #require(try YAMLReader.documents(Array(manifest.utf8), file: "f").first)
        let (pod, unknown) = try NodeDecoder.decode(Pod.self, from: node, file: "f")
        #expect(unknown.isEmpty)
        #expect(try JSON.decode(Pod.self, from: JSON.encode(pod)) == pod)
        let text = try NodeEncoder.encode(pod).yamlText()
        let again = try #require(try YAMLReader.documents(Array(text.utf8), file: "f").first)
        #expect(try NodeDecoder.decode(Pod.self, from: again, file: "f").0 == pod)
        #expect(
            text == """
                apiVersion: v1
                kind: Pod
                metadata:
                  creationTimestamp: "2026-11-21T02:56:58Z"
                  labels:
                    empty: ""
                    "on": "yes"
                  name: p
                spec:
                  containers:
                  - command:
                    - sh
                    - -c
                    - |
                      a
                      b
                    image: b
                    name: c
                    resources:
                      limits:
                        cpu: 100m
                    tty: true
                  volumes:
                  - emptyDir: {}
                    name: v
                  - name: "n"
                    nfs:
                      path: /b
                      server: a
                status:
                  containerStatuses:
                  - image: ""
                    imageID: ""
                    lastState: {}
                    name: c
                    ready: false
                    restartCount: 0

                """)
    }
}
