import PodModel
import Testing

@testable import podrun

struct OutputTests {
    private func refusal(_ arguments: String...) -> String {
        do {
            return "understood: \(try CommandLineParser.parse(arguments).command)"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatIsNoFormat() {
        #expect(
            refusal("get", "pods", "-o", "yml")
                == "unable to match a printer suitable for the output format \"yml\", allowed formats are: "
                + "custom-columns,json,jsonpath,name,wide,yaml")
        #expect(refusal("get", "pods", "-o", "json=x").hasPrefix("unable to match a printer"))
        #expect(refusal("events", "-o", "wide").hasSuffix("allowed formats are: json,jsonpath,name,yaml"))
        #expect(refusal("get", "pods", "-o", "jsonpath=") == "template format specified but no template given")
        #expect(
            refusal("get", "pods", "-o", "custom-columns=NAME")
                == "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>")
        #expect(
            refusal("get", "pods", "--output-watch-events")
                == "--output-watch-events option can only be used with --watch or --watch-only")
        #expect(
            refusal("get", "pod", "web", "--field-selector=status.phase=Running")
                == "name cannot be provided when a selector is specified")
        #expect(refusal("events", "--for", "web") == "--for must be in resource/name form, such as pod/web")
        #expect(refusal("events", "--types=Error") == "valid --types are Normal or Warning")
        #expect(refusal("delete", "events", "x") == "events can't be deleted: they go by themselves after an hour")
    }

    /// What has no such field comes first; what is the same stays in the order of the list.
    @Test(arguments: [
        (".metadata.name", ["web-1", "web-2", "web-10"]), (".spec.priority", ["web-10", "web-2", "web-1"]),
        (".metadata.annotations.size", ["web-10", "web-1", "web-2"]),
        (".metadata.namespace", ["web-10", "web-1", "web-2"]),
    ])
    func order(path: String, wanted: [String]) throws {
        func pod(_ name: String, priority: Int32?, size: String?) -> ListedObject {
            var pod = Pod()
            pod.metadata.name = name
            pod.metadata.namespace = "default"
            pod.spec.priority = priority
            pod.metadata.annotations = size.map { ["size": $0] } ?? [:]
            return .pod(pod)
        }
        let pods = [
            pod("web-10", priority: nil, size: nil), pod("web-1", priority: 30, size: "900Ki"),
            pod("web-2", priority: 4, size: "2Mi"),
        ]
        let sorted = try ObjectOrder(path: JSONPath(relaxed: path)).sorted(pods)
        #expect(sorted.map(\.metadata.name) == wanted)
    }

    @Test func aFieldThatNothingHas() throws {
        let order = ObjectOrder(path: try JSONPath(relaxed: "spec.foo"))
        #expect(throws: CommandFailure.self) { try order.sorted([.pod(Pod())]) }
        #expect(try order.sorted([]).isEmpty)
    }
}
