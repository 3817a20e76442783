import PodModel
import Testing

@testable import podrun

struct WaitOptionsTests {
    private func wait(_ arguments: String...) throws -> Command {
        try CommandLineParser.parse(["wait"] + arguments).command
    }

    private func path(_ text: String) throws -> JSONPath { try JSONPath(text) }

    @Test func conditions() throws {
        func options(_ condition: WaitOptions.Condition) -> Command {
            .wait(WaitOptions(groups: [ObjectGroup(.pod, ["web"])], condition: condition))
        }
        #expect(try wait("pod/web", "--for=delete") == options(.delete))
        #expect(try wait("pod/web", "--for=Create") == options(.create))
        #expect(try wait("pod/web", "--for=condition=Ready") == options(.condition(type: "Ready", status: "true")))
        #expect(try wait("pod/web", "--for=condition=Ready=x") == options(.condition(type: "Ready", status: "x")))
        #expect(
            try wait("pod/web", "--for=jsonpath='{.a}'".replacing("'", with: ""))
                == options(.jsonPath(path("{.a}"), value: nil)))
        #expect(try wait("pod/web", "--for=jsonpath=a.b=\"c\"") == options(.jsonPath(path("{.a.b}"), value: "c")))
        #expect(
            try wait("pod/web", "--for=jsonpath={.a[?(@.b==\"c\")].d}=e")
                == options(.jsonPath(path("{.a[?(@.b==\"c\")].d}"), value: "e")))
    }

    @Test func times() throws {
        func timeout(_ text: String) throws -> Int64? {
            guard case .wait(let options) = try wait("pods", "--all", "--for=delete", "--timeout", text) else {
                return 1
            }
            return options.timeout
        }
        #expect(try timeout("1m30s") == 90_000_000_000)
        #expect(try timeout("0") == 0)
        #expect(try timeout("-1s") == nil)
    }

    /// One that was observed before the object changed says nothing of it now.
    @Test func observedGenerations() throws {
        func holds(_ observed: Int) throws -> Bool {
            let text = """
                {"metadata": {"generation": 2},
                 "status": {"conditions": [{"type": "Ready", "status": "True", "observedGeneration": \(observed)}]}}
                """
            let object = try JSON.decode(Value.self, from: Array(text.utf8))
            return try WaitOptions.Condition.condition(type: "Ready", status: "true").holds(for: object)
        }
        #expect(try holds(2))
        #expect(try !holds(1))
    }
}
