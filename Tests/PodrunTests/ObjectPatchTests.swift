import PodModel
import Testing

@testable import podrun

struct ObjectPatchTests {
    private static let object = """
        {"metadata": {"name": "web", "labels": {"a": "1", "b": "2"}},
         "spec": {"containers": [{"name": "app", "image": "x:1", "args": ["1", "2"],
                                  "ports": [{"containerPort": 80, "name": "http"}]},
                                 {"name": "side", "image": "y"}]}}
        """

    private func value(_ text: String) throws -> Value {
        try YAMLReader.documents(Array(text.utf8), file: "test").first?.value ?? .null
    }

    private func patched(_ patch: String, _ kind: ObjectPatch.Kind) throws -> Value {
        try ObjectPatch.apply(value(patch), kind, to: value(Self.object)).sortedByKey
    }

    private func changed(_ from: String, _ to: String) throws -> Value {
        try value(Self.object.replacing(from, with: to)).sortedByKey
    }

    @Test func merge() throws {
        #expect(
            try patched(#"{"metadata": {"labels": {"a": null, "c": "3"}}}"#, .merge)
                == changed(#"{"a": "1", "b": "2"}"#, #"{"b": "2", "c": "3"}"#))
        #expect(
            try patched(#"{"spec": {"containers": [{"name": "z"}]}}"#, .merge).member("spec")
                == value(#"{"containers": [{"name": "z"}]}"#))
    }

    @Test func strategicMergesListsByKey() throws {
        #expect(
            try patched(#"{"spec": {"containers": [{"name": "app", "image": "x:2"}]}}"#, .strategic)
                == changed("x:1", "x:2"))
        #expect(
            try patched(#"{"spec": {"containers": [{"name": "side", "$patch": "delete"}]}}"#, .strategic)
                == changed(#"{"name": "side", "image": "y"}"#, "").member("spec").map { _ in
                    try value(
                        #"{"metadata": {"name": "web", "labels": {"a": "1", "b": "2"}}, "spec": {"containers": [{"name": "app", "image": "x:1", "args": ["1", "2"], "ports": [{"containerPort": 80, "name": "http"}]}]}}"#
                    ).sortedByKey
                })
        #expect(
            try patched(
                #"{"spec": {"containers": [{"name": "app", "args": ["3"], "ports": [{"containerPort": 80, "name": "www"}]}]}}"#,
                .strategic)
                == value(Self.object.replacing(#"["1", "2"]"#, with: #"["3"]"#).replacing("http", with: "www"))
                .sortedByKey)
        #expect(throws: ObjectPatch.Problem.self) {
            try patched(#"{"spec": {"containers": [{"image": "x"}]}}"#, .strategic)
        }
    }

    @Test func operations() throws {
        #expect(
            try patched(
                #"[{"op": "test", "path": "/metadata/labels/a", "value": "1"}, {"op": "remove", "path": "/metadata/labels/a"}, {"op": "add", "path": "/metadata/labels/c", "value": "3"}]"#,
                .json) == changed(#"{"a": "1", "b": "2"}"#, #"{"b": "2", "c": "3"}"#))
        #expect(
            try patched(#"[{"op": "replace", "path": "/spec/containers/0/image", "value": "x:2"}]"#, .json)
                == changed("x:1", "x:2"))
        #expect(
            try patched(#"[{"op": "add", "path": "/spec/containers/0/args/-", "value": "3"}]"#, .json)
                == changed(#"["1", "2"]"#, #"["1", "2", "3"]"#))
        #expect(
            try patched(#"[{"op": "move", "from": "/metadata/labels/a", "path": "/metadata/labels/x~1y"}]"#, .json)
                == changed(#""a": "1""#, #""x/y": "1""#))
    }

    @Test(arguments: [
        (#"[{"op": "test", "path": "/metadata/name", "value": "x"}]"#, "testing path /metadata/name failed"),
        (#"[{"op": "remove", "path": "/spec/none"}]"#, "the path /spec/none does not exist"),
        (#"[{"op": "add", "path": "/spec/containers/7", "value": 1}]"#, "the path /spec/containers/7 does not exist"),
        (#"[{"op": "jump", "path": "/spec"}]"#, "unexpected kind: jump"),
        (#"{"a": 1}"#, "a JSON patch is a list of operations"),
    ])
    func operationsThatDoNotApply(patch: String, problem: String) {
        #expect(throws: ObjectPatch.Problem(problem)) { try patched(patch, .json) }
    }

    @Test func secretsAreMasked() throws {
        let old = try value(#"{"kind": "Secret", "data": {"same": "YQ==", "other": "YQ==", "gone": "YQ=="}}"#)
        let new = try value(#"{"kind": "Secret", "data": {"same": "YQ==", "other": "Yg=="}}"#)
        let masked = SecretMask.masked(old, new)
        #expect(
            try masked.old?.member("data") == value(#"{"same": "***", "other": "*** (before)", "gone": "***"}"#))
        #expect(try masked.new.member("data") == value(#"{"same": "***", "other": "*** (after)"}"#))
    }
}
