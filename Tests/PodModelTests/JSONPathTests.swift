import PodModel
import Testing

/// Results are kubectl's for the same template and object.
struct JSONPathTests {
    private static let document = """
        {"kind": "List", "count": 2, "ratio": 0.5, "none": null, "ok": true, "items": [
          {"metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "x", "tier": "web"}},
           "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "restarts": 3}},
          {"metadata": {"name": "b"},
           "status": {"phase": "Failed", "conditions": [{"type": "Ready", "status": "False"}], "restarts": 7}}]}
        """

    private static func value() throws -> Value { try JSON.decode(Value.self, from: Array(document.utf8)) }

    @Test(arguments: [
        ("{.kind}", "List"), ("{.kind", "error parsing jsonpath {.kind, unclosed action"), ("plain", "plain"),
        ("{$.kind}", "List"), ("{@.kind}", "List"), ("{.count}/{.ratio}/{.ok}", "2/0.5/true"), ("{.missing}", ""),
        ("{.items[0].metadata.name}", "a"), ("{.items[-1].metadata.name}", "b"), ("{.items[*].metadata.name}", "a b"),
        ("{.items[0:1].metadata.name}", "a"), ("{.items[1:].metadata.name}", "b"), ("{.items[::2].metadata.name}", "a"),
        ("{.items[0,1].metadata.name}", "a b"), ("{.items[*]['metadata.name', 'status.phase']}", "a b Running Failed"),
        ("{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"),
        ("{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", "x"),
        ("{.items[?(@.status.phase==\"Failed\")].metadata.name}", "b"),
        ("{.items[?(@.status.phase!='Failed')].metadata.name}", "a"),
        ("{.items[?(@.status.restarts>3)].metadata.name}", "b"),
        ("{.items[?(@.metadata.labels)].metadata.name}", "a"),
        ("{.items[0].status.conditions[?(@.type==\"Ready\")].status}", "True"), ("{..phase}", "Running Failed"),
        ("{range .items[*]}{.metadata.name}{\"\\t\"}{.status.phase}{\"\\n\"}{end}", "a\tRunning\nb\tFailed\n"),
        ("{range .items[*]}[{range .status.conditions[*]}{.type}{end}]{end}.", "[Ready][Ready]."),
        ("{.items[1].metadata}", "{\"name\":\"b\"}"), ("{.items[0].metadata.labels.*}", "x web"),
        ("{.items[5].x}", "error executing jsonpath \"{.items[5].x}\": array index out of bounds: index 5, length 2"),
        ("{.kind[0]}", "error executing jsonpath \"{.kind[0]}\": string is not array or slice"),
        ("{.items[a]}", "error parsing jsonpath {.items[a]}, invalid array index a"),
        ("{end}", "error parsing jsonpath {end}, not in range, nothing to end"),
        ("{foo}", "error parsing jsonpath {foo}, unrecognized identifier foo"),
        ("{.items[?(@.x==1}", "error parsing jsonpath {.items[?(@.x==1}, unterminated filter"),
        ("{.a[", "error parsing jsonpath {.a[, unterminated array"),
        ("{'", "error parsing jsonpath {', unterminated quoted string"), ("", ""),
    ])
    func templates(template: String, wanted: String) throws {
        let value = try Self.value()
        let text: String
        do {
            text = try JSONPath(template).filled(with: value)
        } catch {
            text = "\(error)"
        }
        #expect(text == wanted)
    }

    @Test(arguments: ["kind", ".kind", "{kind}", "{.kind}"])
    func relaxed(expression: String) throws {
        #expect(try JSONPath(relaxed: expression).results(in: Self.value()) == [[.string("List")]])
    }

    @Test(arguments: ["", "{}", "{.a}{.b}", "x{.a}"])
    func whatIsNoSingleExpression(expression: String) {
        #expect(throws: JSONPath.Problem.self) { try JSONPath(relaxed: expression) }
    }
}
