import PodModel
import Testing

@testable import podrun

/// What may follow a line that is being typed; the shells themselves are in Tests/Integration/test_completion.py.
struct CompletionTests {
    private func request(_ line: String) throws -> CompletionRequest {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let command = try CommandLineParser.parse(["__complete"] + words).command
        guard case .complete(let request) = command else { throw UsageError("understood as \(command)") }
        return request
    }

    /// The candidates that fit, as whole words.
    private func words(_ line: String) throws -> [String] {
        let request = try request(line)
        guard case .words(let candidates) = request.source else { return ["\(request.source)"] }
        return candidates.map(\.text).filter { $0.hasPrefix(request.typed) }.map { request.kept + $0 }
    }

    @Test(arguments: [
        ("ap", ["apply", "api-resources"]),
        ("create s", ["secret"]),
        ("create secret t", ["tls"]),
        ("image rm x --q", []),
        ("-n a des", ["describe"]),
        ("get pers", ["persistentvolumeclaims"]),
        ("get pods -o cu", ["custom-columns="]),
        ("get pods -ocu", ["-ocustom-columns="]),
        ("get pods --watch-", ["--watch-only"]),
        ("delete pods --wa", ["--wait"]),
        ("delete pods --wait=f", ["--wait=false"]),
        ("debug web --profile=n", ["--profile=netadmin"]),
        ("apply --dry-run c", ["client"]),
        ("completion z", ["zsh"]),
        ("help create secret g", ["generic"]),
        ("explain pod.spec.restartPolicy", ["pod.spec.restartPolicy"]),
        ("exec web -- get po", []),
        ("nonsense x", []),
        ("get pods --nonsense ", []),
    ])
    func wordsOfTheTable(line: String, wanted: [String]) throws {
        #expect(try words(line) == wanted)
    }

    @Test func hiddenVerbsAndFlagsAreNotOffered() throws {
        #expect(try !words("").contains("worker"))
        #expect(try !words("get --").contains("--run-dir"))
    }

    @Test func namesComeFromTheAgent() throws {
        #expect(try request("get pods ").source == .objects(.pod, namespace: "default"))
        #expect(try request("get cm -n a ").source == .objects(.configMap, namespace: "a"))
        #expect(try request("describe po -A we").source == .objects(.pod, namespace: ""))
        let slashed = try request("delete pod/a cm/b")
        #expect(slashed.source == .objects(.configMap, namespace: "default"))
        #expect((slashed.kept, slashed.typed) == ("cm/", "b"))
        #expect(try request("logs -f web ").source == .containers(pod: "web", namespace: "default"))
        #expect(try request("exec pod/web -n a -c ").source == .containers(pod: "web", namespace: "a"))
        #expect(try request("exec web ").source == .nothing)
        #expect(try request("debug web --image ").source == .images)
        #expect(try request("get pods -n ").source == .namespaces)
        #expect(try request("cp ").source == .podPaths(namespace: "default"))
        #expect(try request("create -f ").source == .files)
        #expect(try request("run ").source == .files)
    }

    @Test func namesThatAreGivenAreNotOfferedAgain() throws {
        #expect(try request("get pods web ").given == ["web"])
    }
}
