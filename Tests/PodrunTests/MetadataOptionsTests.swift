import PodModel
import Testing

@testable import podrun

struct MetadataOptionsTests {
    private func options(_ line: String) throws -> MetadataOptions {
        guard
            case .label(let options) = try CommandLineParser.parse(line.split(separator: " ").map(String.init)).command
        else { throw UsageError("no label") }
        return options
    }

    private func error(_ line: String) -> String {
        do {
            return "understood: \(try options(line))"
        } catch {
            return "\(error)"
        }
    }

    @Test func parsing() throws {
        var wanted = MetadataOptions(groups: [ObjectGroup(.pod, ["web", "db"])])
        wanted.changes = ["app": "web", "empty": ""]
        wanted.removals = ["tier"]
        wanted.overwrites = true
        #expect(try options("label po web db app=web empty= tier- --overwrite") == wanted)
        var annotated = MetadataOptions(field: .annotations, groups: [ObjectGroup(.pod), ObjectGroup(.configMap)])
        annotated.changes = ["a": "b=c"]
        annotated.labels = try LabelQuery(parsing: "x=y")
        annotated.namespace = ""
        #expect(try options("annotate po,cm -l x=y -A a=b=c") == annotated)
        #expect(try options("label -f x.yaml a=b").files == ["x.yaml"])
    }

    @Test(arguments: [
        ("label pod web", "at least one label update is required"),
        ("annotate pod web", "at least one annotation update is required"),
        ("label a=b", "one or more resources must be specified as <resource> <name> or <resource>/<name>"),
        ("label pod web a=b db", "all resources must be specified before label changes: db"),
        ("label pod web a=b a-", "can not both modify and remove a label in the same command"),
        ("label pod web a=b=c", "invalid label spec: a=b=c"),
        ("label pods a=b", "resource(s) were provided, but no name was specified"),
        ("label pods --all -l x a=b", "cannot set --all and --selector at the same time"),
        ("label events --all a=b", "events can't be changed"),
    ])
    func mistakes(line: String, wanted: String) {
        #expect(error(line) == wanted)
    }

    @Test func wordsAreKubectls() throws {
        let old = ["app": "web", "tier": "front"]
        func word(_ line: String) throws -> String {
            let options = try options(line)
            return options.word(from: old, to: try options.applied(to: old))
        }
        #expect(try word("label pod web new=x") == "labeled")
        #expect(try word("label pod web app=web") == "not labeled")
        #expect(try word("label pod web gone-") == "not labeled")
        #expect(try word("label pod web tier-") == "unlabeled")
        #expect(try word("label pod web tier=b --overwrite") == "labeled")
        #expect(try word("annotate pod web tier-") == "annotated")
        #expect(throws: CommandFailure("'tier' already has a value (front), and --overwrite is false")) {
            try word("label pod web tier=back")
        }
        let both = "'app' already has a value (web); 'tier' already has a value (front)"
        #expect(
            throws: CommandFailure("--overwrite is false but found the following declared annotation(s): \(both)")
        ) { try word("annotate pod web tier=back app=x") }
    }

    @Test func nearNamesAreOffered() {
        let known = [("nginx", "default"), ("web", "other"), ("web", "default")]
        #expect(Suggestion.question(for: "ngnix", among: known) == "did you mean \"nginx\"?")
        #expect(
            Suggestion.question(for: "wbe", among: known) == "did you mean \"web\" in namespace \"other\" or \"web\"?")
        #expect(Suggestion.question(for: "postgres", among: known) == nil)
    }
}
