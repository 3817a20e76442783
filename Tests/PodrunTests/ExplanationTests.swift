import PodModel
import Testing

@testable import podrun

/// The layout of kubectl's plaintext template.
@Suite struct ExplanationTests {
    @Test func aField() {
        #expect(
            Explanation(kind: .pod, path: ["spec", "containers", "terminationMessagePolicy"], isRecursive: false).text
                == """
                KIND:       Pod
                VERSION:    v1

                FIELD: terminationMessagePolicy <string>
                ENUM:
                    FallbackToLogsOnError
                    File

                DESCRIPTION:
                    Whether a container that failed without a message gets the end of its log,
                    80 lines and 2048 bytes at most, as one. File is the default.
                \u{20}\u{20}\u{20}\u{20}


                """)
    }

    @Test func anObjectAndItsFields() {
        #expect(
            Explanation(kind: .pod, path: ["spec", "volumes", "hostPath"], isRecursive: false).text
                == """
                KIND:       Pod
                VERSION:    v1

                FIELD: hostPath <HostPathVolumeSource>


                DESCRIPTION:
                    A file or directory of the host. What a container writes there stays.
                    A file or directory of the host.
                \u{20}\u{20}\u{20}\u{20}
                FIELDS:
                  path\t<string> -required-
                    Its absolute path. Links are followed.

                  type\t<string>
                  enum: "", BlockDevice, CharDevice, Directory, ....
                    What must be there, or is made; anything where not given.



                """)
    }

    @Test func recursively() throws {
        let text = try #require(Explanation(kind: .pod, path: ["spec", "containers"], isRecursive: true).text)
        #expect(text.contains("\n  env\t<[]EnvVar>\n    name\t<string> -required-\n    value\t<string>\n"))
        #expect(text.contains("\n  volumeDevices\t<[]VolumeDevice> -not supported yet-\n"))
        #expect(Explanation(kind: .pod, path: ["spec", "nothing"], isRecursive: true).text == nil)
    }

    @Test func commandLine() throws {
        func options(_ words: String...) throws -> Command { try CommandLineParser.parse(["explain"] + words).command }
        #expect(
            try options("pod.spec.containers", "--recursive")
                == .explain(ExplainOptions(kind: .pod, path: ["spec", "containers"], recursive: true)))
        #expect(try options("cm") == .explain(ExplainOptions(kind: .configMap)))
        for (words, error) in [
            ([], "You must specify the type of resource to explain"),
            (["nodes.spec"], "the server doesn't have a resource type \"nodes\""),
            (["pod", "cm"], "We accept only this format: explain RESOURCE"),
        ] {
            #expect(throws: UsageError(error, verb: "explain")) {
                _ = try CommandLineParser.parse(["explain"] + words)
            }
        }
    }
}
