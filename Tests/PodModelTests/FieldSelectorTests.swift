import PodModel
import Testing

struct FieldSelectorTests {
    @Test(arguments: [
        ("status.phase=Running", true), ("status.phase==Running", true), ("status.phase!=Running", false),
        ("status.phase=Running,metadata.name=web", true), ("status.phase=Running,metadata.name!=web", false),
        ("spec.restartPolicy=Al\\ways", true), ("", true), ("metadata.namespace=", true),
    ])
    func pods(text: String, isMatch: Bool) throws {
        var pod = Pod()
        pod.metadata.name = "web"
        pod.spec.restartPolicy = "Always"
        pod.status.phase = "Running"
        #expect(try FieldSelector(parsing: text).matches(pod) == isMatch)
    }

    @Test func whatCanNotBeSelectedBy() throws {
        #expect(try FieldSelector(parsing: "status.phase=x").unknownLabel(of: Pod()) == nil)
        #expect(try FieldSelector(parsing: "spec.foo=x").unknownLabel(of: Pod()) == "spec.foo")
        #expect(try FieldSelector(parsing: "status.phase=x").unknownLabel(of: Event()) == "status.phase")
        #expect(throws: FieldSelector.Problem.self) { try FieldSelector(parsing: "status.phase") }
    }
}
